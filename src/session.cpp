#include "ws_demo/session.hpp"

#include "ws_demo/deflate.hpp"
#include "ws_demo/stream_layer.hpp"
#include "ws_demo/subscriber.hpp"
#include "ws_demo/text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/beast/zlib/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace ws_demo {
namespace {

namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
namespace zlib = boost::beast::zlib;

/// How much the first read of a message is for: it waits with that memory, mostly for hours.
constexpr std::size_t first_read_bytes = 256;
/// And each of those that follow, at most: so much is taken on the peer's word that it will come.
constexpr std::size_t next_read_bytes = std::size_t{64} << 10;

/// A subscriber who can speak, too.
struct peer : subscriber {
  peer(connection& c, const options& o, metrics& m, subscription s)
      : subscriber(c, o, m, std::move(s), connection::manner::answers, websocket_frame),
        layer(c, box),
        stream(layer) {
    stream.read_message_max(limits.max_message_bytes);
    stream.set_option(deflate_settings(limits));
  }

  stream_layer layer;
  websocket::stream<stream_layer&, /*deflate=*/true> stream;
};

/// Answers the opening handshake. What goes out from now on is frames.
task<bool> accept(peer& p, request_head& upgrade) {
  const auto window_bits = choose_deflate_offer(upgrade);
  // There may be more of these, and on several lines, of which Beast looks at the first.
  upgrade.set(http::field::connection, "upgrade");
  upgrade.set(http::field::upgrade, "websocket");
  const auto [ec] = co_await p.stream.async_accept(upgrade, no_throw);
  if (ec) {
    p.out.send();  // Beast has said why
    co_return false;
  }
  p.layer.opened();
  if (window_bits && p.limits.deflate)
    p.out.frame_as([how = compression{*window_bits, p.limits.deflate_threshold_bytes}](message& m) {
      return compressed_websocket_frame(m, how);
    });
  co_return true;
}

/// Why reading failed.
close_reason why_read_failed(const peer& p, error_code ec) {
  if (ec == websocket::error::closed) {
    std::uint16_t code = p.stream.reason().code;
    if (code == websocket::close_code::none) code = websocket::close_code::no_status;
    return {code, "closed by peer"};
  }
  if (ec == websocket::error::message_too_big)
    return {websocket::close_code::too_big, "message too big"};
  if (ec == websocket::error::bad_frame_payload)
    return {websocket::close_code::bad_payload, "text is not UTF-8"};
  if (ec.category() == make_error_code(zlib::error::stream_error).category())
    return {websocket::close_code::bad_payload, "not what deflate makes: " + ec.message()};
  if (ec == websocket::condition::protocol_violation)
    return {websocket::close_code::protocol_error, ec.message()};
  return {websocket::close_code::abnormal, ec.message()};
}

/// Reads what the peer says and gives it back, until the peer or the connection ends that. A peer
/// that floods is slowed by TCP; one that says "close" gets all its echoes first.
task<void> echo(peer& p) {
  while (!p.box.abandoned()) {
    std::string received(first_read_bytes, '\0');
    std::size_t size = 0;
    for (bool is_whole = false; !is_whole; is_whole = p.stream.is_message_done()) {
      if (size == received.size())
        received.resize(size + std::min(p.stream.read_size_hint(size), next_read_bytes));
      const auto rest = asio::buffer(received) + size;
      const auto [ec, more] = co_await p.stream.async_read_some(rest, no_throw);
      if (ec) {
        p.box.close_in_answer(why_read_failed(p, ec));
        co_return;
      }
      size += more;
    }
    received.resize(size);
    ++p.received;
    ++p.counts.messages_received;
    p.counts.messages_received_bytes += received.size();
    const bool is_text = p.stream.got_text();
    // Beast has checked all but this, which it misses where the last frame of a message is empty.
    if (is_text && ends_within_character(received))
      p.box.close_in_answer({websocket::close_code::bad_payload, "text is not UTF-8"});
    p.box.push_echo(std::move(received), is_text);
    if (!p.box.has_room_for_echo()) co_await p.box.room_for_echo();
  }
}

}  // namespace

task<void> serve_peer(connection& c, request_head upgrade, subscription wanted,
                      const options& limits, sources& from, metrics& counts) {
  peer p(c, limits, counts, std::move(wanted));
  if (!co_await accept(p, upgrade)) co_return;
  c.may_take_its_time();
  p.tell_opened(upgrade.target());
  upgrade = {};  // its memory is not needed for the hours to come

  p.start(from);
  co_await echo(p);
  co_await p.box.emptied();

  p.tell_closed();
}

}  // namespace ws_demo
