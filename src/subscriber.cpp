#include "ws_demo/subscriber.hpp"

#include "ws_demo/event.hpp"
#include "ws_demo/schedule.hpp"
#include "ws_demo/text.hpp"

#include <boost/asio/post.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <spdlog/spdlog.h>

#include <chrono>
#include <random>
#include <utility>

namespace ws_demo {
namespace {

using boost::beast::websocket::close_code;

std::uint32_t random_number() {
  thread_local std::mt19937 generator{std::random_device{}()};
  return static_cast<std::uint32_t>(generator());
}

/// Sends the peer what it has missed of its topics, page by page as it takes it, and tells it where
/// some of that is gone. When this returns, there is nothing more: who then joins the hub without
/// waiting for anything misses nothing, and gets nothing twice.
task<void> catch_up(subscriber& s, hub& center) {
  auto missed = center.replay(s.wanted);
  auto gap = center.gap_before(s.wanted);
  std::uint64_t count = 0;
  for (bool is_last = false; !is_last && !s.box.abandoned();) {
    co_await asio::post(s.link.get_executor(), no_throw);  // others go first
    co_await s.box.no_event_waits();
    if (missed.lost_some() && gap.empty()) gap = "the history went on before all of it was sent";
    if (!gap.empty()) {
      ++s.counts.gaps;
      s.box.push_event(gap_event_text(std::exchange(gap, {})), steady_clock::now());
    }
    const auto page = missed.next();
    for (const auto& event : page.events) s.box.push_event(event, steady_clock::now());
    count += page.events.size();
    is_last = page.is_last;
  }
  ++s.counts.recoveries;
  s.box.push_event(recovered_event_text(count), steady_clock::now());
}

}  // namespace

subscriber::subscriber(connection& c, const options& o, metrics& m, subscription s,
                       connection::manner way)
    : link(c), limits(o), counts(m), wanted(std::move(s)), box(c.get_executor(), o, m) {
  link.set_outbox(&box, way);
}

void subscriber::tell_opened(std::string_view target) {
  ++counts.peers_accepted;
  spdlog::info("peer opened peer={} target={}", link.peer(), printable(target));
}

void subscriber::tell_closed() {
  const auto why = end.value_or(close_reason{close_code::internal_error, "failed"});
  counts.closed(why.code);
  const std::chrono::duration<double> lasted = steady_clock::now() - opened_;
  spdlog::info("peer closed peer={} code={} reason=\"{}\" in={} out={} duration={:.3f}s",
               link.peer(), why.code, why.text, received, box.sent(), lasted.count());
}

task<void> push(subscriber& s, hub& center) {
  const last_call at_end{s};
  if (s.wanted.since || s.wanted.last > 0) co_await catch_up(s, center);
  const hub::membership subscribed(center, s.box, s.wanted.patterns);
  const auto interval = s.limits.interval;
  const auto start = steady_clock::now();
  auto due = start;
  timer alarm(s.link.get_executor(), steady_clock::time_point::max());
  while (!s.box.abandoned()) {
    if (interval.count() > 0 && s.wanted.random) {
      const auto now = steady_clock::now();
      if (too_late(now - due, interval))
        ++s.counts.events_lost["late"];
      else
        s.box.push_event(random_event_text(random_number()), due);
      due = next_tick(start, interval, now);
      alarm.expires_at(on_grid(due, interval));
    }
    co_await alarm.async_wait(no_throw);
  }
}

}  // namespace ws_demo
