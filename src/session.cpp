#include "ws_demo/session.hpp"

#include "ws_demo/deflate.hpp"
#include "ws_demo/event.hpp"
#include "ws_demo/outbox.hpp"
#include "ws_demo/schedule.hpp"
#include "ws_demo/text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/beast/zlib/error.hpp>
#include <spdlog/spdlog.h>

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <utility>

namespace ws_demo {
namespace {

namespace websocket = boost::beast::websocket;
namespace zlib = boost::beast::zlib;
using namespace asio::experimental::awaitable_operators;

struct peer {
  peer(connection& c, const options& o, metrics& m, subscription s)
      : link(c),
        limits(o),
        counts(m),
        wanted(std::move(s)),
        stream(c),
        box(c.get_executor(), o, m) {
    stream.read_message_max(limits.max_message_bytes);
    stream.auto_fragment(false);  // a message goes out as one frame, without a copy of it
    stream.set_option(deflate_settings(limits));
    stream.write_buffer_bytes(deflate_buffer_bytes);
    link.set_outbox(&box);
  }
  ~peer() { link.set_outbox(nullptr); }
  peer(const peer&) = delete;
  peer& operator=(const peer&) = delete;

  /// What ended it is what it was asked to go for, or else what was noticed first; all that fails
  /// afterwards is a consequence.
  void ended(close_reason why) {
    if (!end) end = box.closed().value_or(std::move(why));
  }

  connection& link;
  const options& limits;
  metrics& counts;
  const subscription wanted;
  websocket::stream<connection&, /*deflate=*/true> stream;
  outbox box;
  std::uint64_t received = 0;
  std::optional<close_reason> end;
};

/// Stands in each of a peer's loops, none of which outlives another: a loop that is left, be it by
/// an exception (no memory), ends the two that still wait for the socket or the outbox.
struct last_call {
  peer& p;
  ~last_call() {
    p.box.abandon();
    p.link.cancel();
  }
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

std::uint32_t random_number() {
  thread_local std::mt19937 generator{std::random_device{}()};
  return static_cast<std::uint32_t>(generator());
}

/// Reads what the peer says and gives it back. Each echo is sent before the next message is read: a
/// peer that floods is slowed by TCP, and one that says "close" gets all its echoes first.
task<void> echo(peer& p) {
  const last_call at_end{p};
  while (!p.box.abandoned()) {
    std::string received;
    auto buffer = asio::dynamic_buffer(received);
    const auto [ec, size] = co_await p.stream.async_read(buffer, no_throw);
    if (ec) {
      p.ended(why_read_failed(p, ec));
      co_return;
    }
    ++p.received;
    ++p.counts.messages_received;
    p.counts.messages_received_bytes += size;
    const bool is_text = p.stream.got_text();
    // Beast has checked all but this, which it misses where the last frame of a message is empty.
    if (is_text && ends_within_character(received))
      p.box.close({websocket::close_code::bad_payload, "text is not UTF-8"});
    p.box.push_echo(std::move(received), is_text);
    co_await p.box.echo_sent();
  }
}

/// Sends the peer what it has missed of its topics, page by page as it takes it, and tells it once
/// if some of that is gone. When this returns, there is nothing more: who then joins the hub
/// without waiting for anything misses nothing, and gets nothing twice.
task<void> catch_up(peer& p, const hub& center) {
  const auto& patterns = p.wanted.patterns;
  auto [position, gap] = center.begin(p.wanted);
  bool may_have_gap = p.wanted.since.has_value();
  std::uint64_t count = 0;
  for (bool is_last = false; !is_last && !p.box.abandoned();) {
    co_await asio::post(p.link.get_executor(), no_throw);  // others go first
    co_await p.box.no_event_waits();
    if (may_have_gap && gap.empty() && center.past().has_gap(patterns, position))
      gap = "the history went on before all of it was sent";
    if (may_have_gap && !gap.empty()) {
      may_have_gap = false;
      ++p.counts.gaps;
      p.box.push_event(gap_event_text(gap), steady_clock::now());
    }
    const auto page = center.past().after(position, patterns, p.wanted.last);
    for (const auto& event : page.events) p.box.push_event(event, steady_clock::now());
    count += page.events.size();
    position = page.up_to;
    is_last = page.is_last;
  }
  ++p.counts.recoveries;
  p.box.push_event(recovered_event_text(count), steady_clock::now());
}

/// Pushes what the peer has subscribed to: what it has missed, what is published from then on, and
/// a random event at once and then each interval. A tick that is late is skipped.
task<void> push(peer& p, hub& center) {
  const last_call at_end{p};
  if (p.wanted.since || p.wanted.last > 0) co_await catch_up(p, center);
  const hub::membership subscribed(center, p.box, p.wanted.patterns);
  const auto interval = p.limits.interval;
  const auto start = steady_clock::now();
  auto due = start;
  timer alarm(p.link.get_executor(), steady_clock::time_point::max());
  while (!p.box.abandoned()) {
    if (interval.count() > 0 && p.wanted.random) {
      const auto now = steady_clock::now();
      if (too_late(now - due, interval))
        ++p.counts.events_lost["late"];
      else
        p.box.push_event(random_event_text(random_number()), due);
      due = next_tick(start, interval, now);
      alarm.expires_at(on_grid(due, interval));
    }
    co_await alarm.async_wait(no_throw);
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
  auto said_or_cut = say_close(p, *why) || p.box.abandonment();
  co_await std::move(said_or_cut);
}

}  // namespace

task<void> serve_peer(connection& c, request_head upgrade, subscription wanted,
                      const options& limits, hub& center, metrics& counts) {
  const auto opened = steady_clock::now();
  peer p(c, limits, counts, std::move(wanted));
  choose_deflate_offer(upgrade);
  const auto [ec] = co_await p.stream.async_accept(upgrade, no_throw);
  if (ec) co_return;
  c.may_take_its_time();
  ++counts.peers_accepted;
  spdlog::info("peer opened peer={} target={}", c.peer(), printable(upgrade.target()));
  upgrade = {};  // its memory is not needed for the hours to come

  auto race = echo(p) || push(p, center) || deliver(p);
  co_await std::move(race);

  const close_reason end =
      p.end.value_or(close_reason{websocket::close_code::internal_error, "failed"});
  counts.closed(end.code);
  const std::chrono::duration<double> lasted = steady_clock::now() - opened;
  spdlog::info("peer closed peer={} code={} reason=\"{}\" in={} out={} duration={:.3f}s", c.peer(),
               end.code, end.text, p.received, p.box.sent(), lasted.count());
}

}  // namespace ws_demo
