#include "net/connection_list.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

/// How many connections are checked in one turn of the loop: a millisecond or two.
constexpr int checks_per_turn = 64;

}  // namespace

std::chrono::milliseconds connection_list::check_interval(const options& limits) {
  const auto shortest = std::min({limits.handshake_timeout, limits.keep_alive_timeout,
                                  limits.close_timeout, limits.idle_timeout / 2});
  return std::clamp(shortest / 10, 10ms, 500ms);
}

task<void> connection_list::check_deadlines(steady_clock::time_point now) {
  for (int checks = 1; !all_.empty() && all_.front().checked_at() < now; ++checks) {
    connection& next = all_.front();
    all_.pop_front();
    all_.push_back(next);
    next.check_deadlines(now);
    if (checks % checks_per_turn == 0) co_await asio::post(on_, no_throw);
  }
}

void connection_list::begin_shutdown(steady_clock::time_point now) {
  shutdown_began_ = now;
  to_shut_down_ = all_.size();
}

void connection_list::continue_shutdown(steady_clock::time_point now, bool all) {
  const std::size_t due = due_for_shutdown(now);
  for (auto& c : all_) {
    if (c.shutting_down()) continue;
    if (!all && (c.accepted_during_shutdown() || shut_down_ >= due)) continue;
    ++shut_down_;
    c.shut_down();
  }
}

void connection_list::abort_all() {
  for (auto& c : all_) c.abort();
}

std::size_t connection_list::due_for_shutdown(steady_clock::time_point now) const {
  const std::chrono::duration<double> passed = now - shutdown_began_;
  if (passed >= limits_.drain_spread) return to_shut_down_;
  return static_cast<std::size_t>(static_cast<double>(to_shut_down_) *
                                  (passed / limits_.drain_spread));
}

}  // namespace ws_demo
