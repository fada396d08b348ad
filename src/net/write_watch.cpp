#include "net/write_watch.hpp"

#include "net/tcp_traffic.hpp"

#include <algorithm>
#include <utility>

namespace ws_demo {

bool write_watch::look(int socket, steady_clock::time_point now,
                       std::chrono::milliseconds timeout) {
  if (!is_unix_) next_look_ = now + timeout / 4;
  const auto waiting = unacknowledged_bytes(socket);
  may_wait_ = waiting > 0;
  const auto untaken = std::exchange(untaken_bytes_, may_wait_ ? waiting : not_known);
  if (!may_wait_) return false;
  if (is_unix_ ? waiting < untaken : has_acknowledged(socket)) taken_at_ = now;
  const auto stuck_at = taken_at_ + timeout;
  next_look_ = std::min(next_look_, stuck_at);
  return now >= stuck_at;
}

bool write_watch::has_acknowledged(int socket) {
  const auto traffic = traffic_of(socket);
  if (!traffic) return true;
  const auto before = std::exchange(taken_bytes_, traffic->acknowledged_bytes);
  return traffic->acknowledged_bytes != before || traffic->has_room;
}

}  // namespace ws_demo
