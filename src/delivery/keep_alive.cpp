#include "delivery/keep_alive.hpp"

#include "net/tcp_traffic.hpp"

#include <algorithm>

namespace ws_demo {

keep_alive::action keep_alive::check(connection& c, steady_clock::time_point now) {
  if (now < next_check_) return action::none;
  const auto half = idle_timeout_ / 2;
  const auto silent_for = silence(c, now);
  if (silent_for < half && shown_by_ == liveness::answers) {
    pinged_ = false;
    next_check_ = now + half - silent_for;
    return action::none;
  }
  if (pinged_ && silent_for >= idle_timeout_) return action::give_up;
  pinged_ = true;
  next_check_ = now + half;
  return action::ping;
}

std::chrono::milliseconds keep_alive::silence(connection& c, steady_clock::time_point now) const {
  const auto [since_received, since_acknowledged] = c.silent_for(now);
  // A peer that still has to take something gets no ping before that, so it need not have answered.
  if (unacknowledged_bytes(c.native_handle()) > 0 || shown_by_ == liveness::acknowledges)
    return std::min(since_received, since_acknowledged);
  return since_received;
}

}  // namespace ws_demo
