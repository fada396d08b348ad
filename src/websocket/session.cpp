#include "websocket/session.hpp"

#include "websocket/deflate.hpp"
#include "websocket/deflate_offer.hpp"
#include "websocket/frame.hpp"
#include "websocket/message_reader.hpp"
#include "websocket/stream_layer.hpp"
#include "websocket/subprotocol.hpp"

#include <boost/beast/http/field.hpp>
#include <boost/beast/websocket/option.hpp>

#include <new>
#include <optional>
#include <utility>

namespace ws_demo {
namespace {

namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;

const close_reason connection_lost{websocket::close_code::abnormal, "connection lost"};

/// A subscriber that also sends messages.
class peer final : public subscriber {
 public:
  peer(connection& c, const delivery_context& d, subscription s)
      : subscriber(c, d, std::move(s), keep_alive::liveness::answers, websocket_frame),
        happened(c.get_executor()),
        layer(c, queue, d.long_work),
        stream(layer),
        reader(stream, happened, d.long_work) {
    stream.read_message_max(d.limits.max_message_bytes);
  }

  /// Takes the time of the tick, if the second is over.
  std::optional<steady_clock::time_point> take_tick() { return std::exchange(tick_, {}); }
  /// Reads the next message, unless too many echoes wait to be sent.
  void read_on() {
    if (!queue.has_room_for_echo()) queue.flush();  // otherwise they are sent before the read waits
    if (may_read()) reader.start();
  }
  void fail() {
    queue.abort();
    link.cancel();
  }
  /// No read is outstanding, and none will be.
  bool is_over() const { return reader.has_failed() || (queue.aborted() && !reader.is_reading()); }
  /// Everything has been sent, or nothing more will be.
  bool is_drained() const { return queue.empty() || queue.aborted(); }

  awaitable_event happened;  // a read ended, the second is over, or the queue has emptied
  stream_layer layer;
  websocket_stream stream;
  message_reader reader;

 private:
  std::size_t held_bytes() const override {
    return subscriber::held_bytes() + reader.held_bytes() + layer.held_bytes();
  }
  bool may_read() const {
    return !reader.is_reading() && !reader.has_failed() && !queue.aborted() &&
           queue.has_room_for_echo();
  }
  void on_tick(steady_clock::time_point due) override {
    tick_ = due;
    happened.set_and_resume();
  }
  void on_progress() override {
    if (may_read() || queue.aborted() || (queue.closed() && queue.empty())) happened.set();
  }

  std::optional<steady_clock::time_point> tick_;
};

/// Agrees on subprotocol and compression with the client, as far as it offers them.
std::optional<compression> negotiate(peer& p, upgrade_request& request) {
  const auto& limits = p.context.limits;
  std::optional<int> window_bits;
  if (limits.deflate) window_bits = choose_deflate_offer(request);
  // Beast would accept less: it looks at the first offer and the first line only, and cannot make a
  // window of 8 bits. It sees no offer, but in the end the answer, and inflates accordingly.
  request.erase(http::field::sec_websocket_extensions);
  const bool is_own = offers_own_subprotocol(request);
  p.stream.set_option(
      websocket::stream_base::decorator([window_bits, is_own](websocket::response_type& answer) {
        if (window_bits)
          answer.set(http::field::sec_websocket_extensions, deflate_answer(*window_bits));
        if (is_own) answer.set(http::field::sec_websocket_protocol, own_subprotocol);
      }));
  if (!window_bits) return std::nullopt;
  websocket::permessage_deflate enabled;
  enabled.server_enable = true;
  p.stream.set_option(enabled);
  return compression{*window_bits, limits.deflate_threshold_bytes};
}

/// Answers the opening handshake.
task<bool> accept(peer& p, upgrade_request& request) {
  const auto agreed = negotiate(p, request);
  // Beast looks only at the first of several tokens and lines.
  request.set(http::field::connection, "upgrade");
  request.set(http::field::upgrade, "websocket");
  const auto [ec] = co_await p.stream.async_accept(request, no_throw);
  if (ec) {
    p.writer.write();  // Beast's answer
    co_return false;
  }
  p.layer.set_opened();
  if (agreed)
    p.writer.set_framing([how = *agreed, &made = p.context.encodings](const message& m) {
      return compressed_websocket_frame(m, how, made);
    });
  co_return true;
}

/// Sends back the message that was read.
void echo(peer& p) {
  auto message = p.reader.take();
  ++p.received;
  ++p.context.counts.messages_received;
  p.context.counts.messages_received_bytes += message.size();
  p.queue.push_echo(std::move(message), p.reader.is_text());
}

/// One coroutine a peer races the two: whichever comes first of "a message was read" and "the
/// second is over". Returns when nothing more can be read.
task<void> race(peer& p) {
  for (;; co_await p.happened.wait()) {
    try {
      if (const auto due = p.take_tick()) p.push_random(*due);
      if (p.reader.has_message()) echo(p);
      p.read_on();
    } catch (const std::bad_alloc&) {
      p.fail();  // this peer and no other, once its read has ended
    }
    if (p.is_over()) co_return;
  }
}

/// Returns when the peer has closed, or is gone, and all that it gets has been sent.
task<void> talk(peer& p) {
  co_await race(p);
  p.queue.close_from_peer(p.reader.has_failed() ? p.reader.failure() : connection_lost);
  while (!p.is_drained()) co_await p.happened.wait();
}

}  // namespace

task<void> serve_websocket(connection& c, upgrade_request request, subscription wanted,
                           peer_identity who, const delivery_context& context) {
  peer p(c, context, std::move(wanted));
  if (!co_await accept(p, request)) co_return;
  c.clear_deadline();
  p.set_opened(request.target(), who);
  request = {};  // frees memory that is not needed for the hours to come
  who = {};

  p.start();
  co_await talk(p);
}

task<void> refuse_websocket(connection& c, upgrade_request request, close_reason why,
                            const delivery_context& context) {
  peer p(c, context, {});
  request.erase(http::field::sec_websocket_extensions);
  if (!co_await accept(p, request)) co_return;
  request = {};
  p.refuse(std::move(why));
  while (!p.is_drained()) co_await p.happened.wait();  // nothing is read
}

}  // namespace ws_demo
