#include "ws_demo/pulse.hpp"

#include "ws_demo/event.hpp"
#include "ws_demo/schedule.hpp"

#include <boost/asio/post.hpp>

#include <cstdint>
#include <random>

namespace ws_demo {
namespace {

/// How many are pushed in one turn of the loop: what a millisecond or two is enough for.
constexpr int pushes_in_a_turn = 64;

std::uint32_t random_number() {
  thread_local std::mt19937 generator{std::random_device{}()};
  return static_cast<std::uint32_t>(generator());
}

}  // namespace

pulse::beat::beat(pulse& of, outbox& box) : of_(of), box_(box) {
  if (of.limits_.interval.count() > 0) of.push(*this);
}

pulse::beat::~beat() {
  if (is_linked()) of_.remove(*this);
}

/// Pushes, and notes when the next one is due.
void pulse::push(beat& b) {
  const auto interval = limits_.interval;
  const auto now = steady_clock::now();
  if (too_late(now - b.due_, interval))
    ++counts_.events_lost["late"];
  else
    b.box_.push_event(random_event_text(random_number()), b.due_);
  b.due_ = next_tick(b.due_, interval, now);
  const auto [at, is_new] = due_.try_emplace(on_grid(b.due_, interval));
  at->second.push_back(b);
  if (is_new && at == due_.begin()) alarm_.cancel();
}

void pulse::remove(beat& b) {
  const auto at = due_.find(on_grid(b.due_, limits_.interval));
  at->second.erase(beats::s_iterator_to(b));
  if (at->second.empty()) due_.erase(at);
}

pulse::beat* pulse::take_due() {
  if (due_.empty() || due_.begin()->first > steady_clock::now()) return nullptr;
  beat& next = due_.begin()->second.front();
  remove(next);
  return &next;
}

task<void> pulse::run() {
  int left_in_this_turn = pushes_in_a_turn;
  while (!stopped_) {
    if (left_in_this_turn == 0) {
      co_await asio::post(alarm_.get_executor(), no_throw);
      left_in_this_turn = pushes_in_a_turn;
    } else if (beat* const next = take_due()) {
      push(*next);
      --left_in_this_turn;
    } else {
      alarm_.expires_at(due_.empty() ? steady_clock::time_point::max() : due_.begin()->first);
      co_await alarm_.async_wait(no_throw);
    }
  }
}

void pulse::stop() {
  stopped_ = true;
  alarm_.cancel();
}

}  // namespace ws_demo
