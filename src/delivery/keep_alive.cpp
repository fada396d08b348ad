#include "delivery/keep_alive.hpp"

#include "net/tcp_traffic.hpp"

#include <algorithm>

namespace ws_demo {

keep_alive::action keep_alive::check(connection& c, steady_clock::time_point now) {
  if (now < next_check_) return action::none;
  const auto half = idle_timeout_ / 2;
  const auto silent_for = silence(c);
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

std::chrono::milliseconds keep_alive::silence(connection& c) const {
  const int socket = c.native_handle();
  const auto last = traffic_of(socket);
  if (!last) return {};
  // A peer that still has to take something gets no ping before that, so it need not have answered.
  if (unacknowledged_bytes(socket) > 0 || shown_by_ == liveness::acknowledges)
    return std::min(last->since_received, last->since_acknowledged);
  return last->since_received;
}

}  // namespace ws_demo
