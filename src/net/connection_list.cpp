#include "net/connection_list.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

/// How many connections are checked, or told something, in one turn of the loop: about a
/// millisecond.
constexpr int connections_per_turn = 64;
/// How many are looked at in the time in which one is told something.
constexpr int looks_per_connection = 16;

/// Less than this, for each, is not worth closing connections for.
constexpr std::size_t least_held_bytes = std::size_t{16} << 10;

}  // namespace

std::chrono::milliseconds connection_list::check_interval(const options& limits) {
  const auto shortest =
      std::min({limits.handshake_timeout, limits.keep_alive_timeout, limits.write_timeout,
                limits.close_timeout, limits.idle_timeout / 2});
  return std::clamp(shortest / 10, 10ms, 500ms);
}

connection_list::entry::entry(connection_list& in, connection& c) : in_(in), which_(c) {
  (in_.shutting_down_all_ ? in_.late_ : in_.open_).push_back(which_);
  ++in_.size_;
}

connection_list::entry::~entry() {
  which_.unlink();
  --in_.size_;
}

connection* connection_list::take_first(list& from) {
  if (from.empty()) return nullptr;
  connection& first = from.front();
  from.pop_front();
  return &first;
}

/// Visits each connection once, in slices. One visit of all at a time.
/// @param visit returns how much it has done, in looks
template <class Visitor>
task<void> connection_list::visit_all(Visitor visit) {
  constexpr int looks_per_turn = connections_per_turn * looks_per_connection;
  const auto number = ++visits_;
  int left_in_turn = looks_per_turn;
  for (list* const those : {&open_, &late_, &shutting_down_}) {
    while (!those->empty() && those->front().last_visit() < number) {
      connection& next = *take_first(*those);
      those->push_back(next);
      next.set_last_visit(number);
      left_in_turn -= visit(next);
      if (left_in_turn > 0) continue;
      co_await asio::post(on_, no_throw);
      left_in_turn = looks_per_turn;
    }
  }
}

task<void> connection_list::check_deadlines(steady_clock::time_point now) {
  co_await visit_all([now](connection& c) {
    c.check_deadlines(now);
    return looks_per_connection;
  });
}

task<bool> connection_list::give_up_memory(std::size_t bytes) {
  std::size_t largest = 0;
  co_await visit_all([&](const connection& c) {
    largest = std::max(largest, c.held_bytes());
    return 1;
  });
  if (largest < least_held_bytes) co_return false;
  std::size_t given_up = 0;
  co_await visit_all([&](connection& c) {
    const auto held = c.held_bytes();
    if (given_up >= bytes || held <= largest / 2) return 1;
    given_up += held;
    c.unlink();
    aborted_.push_back(c);
    c.give_up_memory();
    return looks_per_connection;
  });
  co_return true;
}

void connection_list::begin_shutdown(steady_clock::time_point now) {
  shutting_down_all_ = true;
  shutdown_began_ = now;
  to_shut_down_ = size_;
}

bool connection_list::continue_shutdown(steady_clock::time_point now, bool all) {
  const std::size_t due = due_for_shutdown(now);
  for (int told = 0; told < connections_per_turn; ++told) {
    connection* next = shut_down_ < due ? take_first(open_) : nullptr;
    if (next)
      ++shut_down_;
    else if (all)
      next = take_first(late_);
    if (!next) return false;
    shutting_down_.push_back(*next);
    next->shut_down();
  }
  return true;
}

bool connection_list::abort_some() {
  for (int count = 0; count < connections_per_turn; ++count) {
    connection* next = nullptr;
    for (list* const those : {&shutting_down_, &open_, &late_})
      if (!next) next = take_first(*those);
    if (!next) return false;
    aborted_.push_back(*next);
    next->abort();
  }
  return true;
}

std::size_t connection_list::due_for_shutdown(steady_clock::time_point now) const {
  const std::chrono::duration<double> passed = now - shutdown_began_;
  if (passed >= limits_.drain_spread) return to_shut_down_;
  return static_cast<std::size_t>(static_cast<double>(to_shut_down_) *
                                  (passed / limits_.drain_spread));
}

}  // namespace ws_demo
