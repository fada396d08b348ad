#include "delivery/ticker.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <new>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

/// How many ticks are delivered in one turn of the loop: a millisecond or two.
constexpr int ticks_per_turn = 64;

}  // namespace

void ticker::add(client& c) {
  if (limits_.interval.count() == 0) return;
  c.of_ = this;
  const auto now = steady_clock::now();
  c.due_ = now;
  tick(c, now);
}

void ticker::tick(client& c, steady_clock::time_point now) try {
  const auto due = c.due_;
  c.due_ = next_tick(due, limits_.interval, now);
  schedule(c);  // before the tick, which may destroy the client
  if (too_late(now - due, limits_.interval))
    ++counts_.events_lost["late"];
  else
    c.on_tick(due);
} catch (const std::bad_alloc&) {  // this client fails, and no other
  c.on_no_memory();
}

void ticker::schedule(client& c) {
  const auto [at, is_new] = due_.try_emplace(on_grid(c.due_, limits_.interval));
  at->second.push_back(c);
  if (is_new && at == due_.begin()) alarm_.cancel();
}

void ticker::remove(client& c) {
  const auto at = due_.find(on_grid(c.due_, limits_.interval));
  at->second.erase(clients::s_iterator_to(c));
  if (at->second.empty()) due_.erase(at);
}

ticker::client* ticker::take_due(steady_clock::time_point now) {
  const auto first = due_.begin();
  if (first == due_.end() || first->first > now) return nullptr;
  client& next = first->second.front();
  first->second.pop_front();
  if (first->second.empty()) due_.erase(first);
  return &next;
}

task<void> ticker::run() {
  int left_in_turn = ticks_per_turn;
  while (!stopped_) {
    const auto now = steady_clock::now();
    if (left_in_turn == 0) {
      co_await asio::post(alarm_.get_executor(), no_throw);
      left_in_turn = ticks_per_turn;
    } else if (client* const next = take_due(now)) {
      tick(*next, now);
      --left_in_turn;
    } else {
      alarm_.expires_at(due_.empty() ? steady_clock::time_point::max() : due_.begin()->first);
      co_await alarm_.async_wait(no_throw);
    }
  }
}

void ticker::stop() {
  stopped_ = true;
  alarm_.cancel();
}

steady_clock::time_point next_tick(steady_clock::time_point start, milliseconds interval,
                                   steady_clock::time_point now) {
  return start + ((now - start) / interval + 1) * interval;
}

bool too_late(steady_clock::duration lateness, milliseconds interval) {
  return lateness > std::max<steady_clock::duration>(interval / 2, 10ms);
}

steady_clock::time_point on_grid(steady_clock::time_point due, milliseconds interval) {
  const auto grid = std::min<steady_clock::duration>(steady_clock::duration(interval) / 100, 10ms);
  const auto past = due.time_since_epoch() % grid;
  return past == past.zero() ? due : due - past + grid;
}

}  // namespace ws_demo
