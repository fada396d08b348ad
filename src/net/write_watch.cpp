#include "net/write_watch.hpp"

#include "net/tcp_traffic.hpp"

#include <algorithm>

namespace ws_demo {

bool write_watch::look(int socket, steady_clock::time_point now,
                       std::chrono::milliseconds timeout) {
  next_look_ = now + timeout / 4;
  may_wait_ = unacknowledged_bytes(socket) > 0;
  if (!may_wait_) return false;
  const auto traffic = traffic_of(socket);
  if (!traffic) return false;
  if (traffic->acknowledged_bytes != taken_bytes_ || traffic->has_room) {
    taken_bytes_ = traffic->acknowledged_bytes;
    taken_at_ = now;
  }
  const auto stuck_at = taken_at_ + timeout;
  next_look_ = std::min(next_look_, stuck_at);
  return now >= stuck_at;
}

}  // namespace ws_demo
