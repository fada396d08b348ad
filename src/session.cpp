#include "ws_demo/session.hpp"

#include "ws_demo/deflate.hpp"
#include "ws_demo/race.hpp"
#include "ws_demo/subscriber.hpp"
#include "ws_demo/text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/beast/zlib/error.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>

namespace ws_demo {
namespace {

namespace websocket = boost::beast::websocket;
namespace zlib = boost::beast::zlib;

/// How much the first read of a message is for: it waits with that memory, mostly for hours.
constexpr std::size_t waiting_read_bytes = 256;
constexpr std::size_t any_number = 0;

/// A subscriber who can speak, too.
struct peer : subscriber {
  peer(connection& c, const options& o, metrics& m, subscription s)
      : subscriber(c, o, m, std::move(s), connection::manner::answers), stream(c) {
    stream.read_message_max(limits.max_message_bytes);
    stream.auto_fragment(false);  // a message goes out as one frame, without a copy of it
    stream.set_option(deflate_settings(limits));
    stream.write_buffer_bytes(deflate_buffer_bytes);
  }

  websocket::stream<connection&, /*deflate=*/true> stream;
};

/// Why reading failed. Beast has told the peer already, where there was a peer to tell.
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

/// Reads what the peer says and gives it back. Each echo is sent before the next message is read: a
/// peer that floods is slowed by TCP, and one that says "close" gets all its echoes first.
task<void> echo(peer& p) {
  const last_call at_end{p};
  while (!p.box.abandoned()) {
    std::string received;
    auto buffer = asio::dynamic_buffer(received);
    error_code ec;
    std::tie(ec, std::ignore) =
        co_await p.stream.async_read_some(buffer, waiting_read_bytes, no_throw);
    while (!ec && !p.stream.is_message_done())
      std::tie(ec, std::ignore) = co_await p.stream.async_read_some(buffer, any_number, no_throw);
    if (ec) {
      p.ended(why_read_failed(p, ec));
      co_return;
    }
    ++p.received;
    ++p.counts.messages_received;
    p.counts.messages_received_bytes += received.size();
    const bool is_text = p.stream.got_text();
    // Beast has checked all but this, which it misses where the last frame of a message is empty.
    if (is_text && ends_within_character(received))
      p.box.close({websocket::close_code::bad_payload, "text is not UTF-8"});
    p.box.push_echo(std::move(received), is_text);
    co_await p.box.echo_sent();
  }
}

/// The close handshake. It also ends when the connection is cut: closing the socket would not do,
/// for where the text that Beast reads meanwhile is not UTF-8, its read and its close wait for each
/// other and for no socket.
task<void> say_close(peer& p, const close_reason& why) {
  p.link.must_progress_within(p.limits.close_timeout);
  const websocket::close_reason close(static_cast<websocket::close_code>(why.code), why.text);
  co_await p.stream.async_close(close, no_throw);
}

/// The only writer: sends what is in the outbox, and the close once that is closed.
task<void> deliver(peer& p) {
  const last_call at_end{p};
  while (const message* next = co_await p.box.front()) {
    error_code ec;
    if (next->is == message::kind::ping) {
      std::tie(ec) = co_await p.stream.async_ping({}, no_throw);
    } else {
      p.stream.text(next->is != message::kind::binary);
      const auto bytes = asio::buffer(next->bytes());
      std::tie(ec, std::ignore) = co_await p.stream.async_write(bytes, no_throw);
    }
    if (ec) {
      p.ended({websocket::close_code::abnormal, ec.message()});
      co_return;
    }
    p.box.pop();
  }
  const auto& why = p.box.closed();
  if (!why || p.box.abandoned()) co_return;
  p.ended(*why);
  auto said_or_cut = race(say_close(p, *why), p.box.abandonment());
  co_await std::move(said_or_cut);
}

}  // namespace

task<void> serve_peer(connection& c, request_head upgrade, subscription wanted,
                      const options& limits, hub& center, metrics& counts) {
  peer p(c, limits, counts, std::move(wanted));
  choose_deflate_offer(upgrade);
  const auto [ec] = co_await p.stream.async_accept(upgrade, no_throw);
  if (ec) co_return;
  c.may_take_its_time();
  p.tell_opened(upgrade.target());
  upgrade = {};  // its memory is not needed for the hours to come

  auto all = race(echo(p), push(p, center), deliver(p));
  co_await std::move(all);

  p.tell_closed();
}

}  // namespace ws_demo
