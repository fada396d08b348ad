#pragma once

// Whether a peer takes what it is sent. The kernel counts that: nothing is asked for each message,
// and nothing at all while there is nothing that the peer could take.
//
// A connection owns it. Threads: the io_context's only.

#include "net/asio.hpp"

#include <chrono>
#include <cstdint>
#include <limits>

namespace ws_demo {

class write_watch {
 public:
  /// Something has been written to the socket.
  void wrote() { may_wait_ = true; }

  /// Whether there has been something to take for `timeout`, and the peer has not taken a byte. To
  /// be called a few times a second; asks the kernel each quarter of the time, and therefore may
  /// take a quarter longer.
  bool is_stuck(int socket, steady_clock::time_point now, std::chrono::milliseconds timeout) {
    return may_wait_ && now >= next_look_ && look(socket, now, timeout);
  }

 private:
  bool look(int socket, steady_clock::time_point now, std::chrono::milliseconds timeout);

  steady_clock::time_point next_look_;
  steady_clock::time_point taken_at_;  // when the peer was last seen to have taken something
  std::uint64_t taken_bytes_ = std::numeric_limits<std::uint64_t>::max();  // until then
  bool may_wait_ = false;  // something that was written may not have been taken
};

}  // namespace ws_demo
