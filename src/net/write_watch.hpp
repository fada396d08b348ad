#pragma once

// Whether a peer takes what it is sent. The kernel counts that: nothing is asked for each message,
// and nothing at all while there is nothing that the peer could take.
//
// Of a Unix-domain socket it does not say how much was taken, but how much memory waits to be read,
// in blocks of up to 48 KiB. The peer has taken something when that has grown by less than what was
// written has taken at least. (It takes more, so that a peer may seem to take something which takes
// nothing; but only until the buffer of the socket is full, and nothing more is written.)
//
// A connection owns it. Threads: the io_context's only.

#include "net/asio.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace ws_demo {

class write_watch {
 public:
  explicit write_watch(bool is_unix) : is_unix_(is_unix) {}

  /// So much has been written to the socket, or more than that.
  void wrote(std::size_t bytes) {
    may_wait_ = true;
    untaken_bytes_ += bytes + least_block_bytes;
  }

  /// Whether there has been something to take for `timeout`, and the peer has not taken a byte. To
  /// be called a few times a second; asks the kernel each quarter of the time, and therefore may
  /// take a quarter longer. Of a Unix-domain socket it asks each time: the less is written in
  /// between, the better it sees what is taken.
  bool is_stuck(int socket, steady_clock::time_point now, std::chrono::milliseconds timeout) {
    return may_wait_ && now >= next_look_ && look(socket, now, timeout);
  }

 private:
  static constexpr auto not_known = std::uint64_t{1} << 62;  // more than can wait
  /// What each write takes besides its bytes: of memory for its description (struct sk_buff and
  /// skb_shared_info) the least in Linux.
  static constexpr std::size_t least_block_bytes = 512;

  /// By TCP, since it was last asked, or there is nothing that the peer could acknowledge.
  bool has_acknowledged(int socket);
  bool look(int socket, steady_clock::time_point now, std::chrono::milliseconds timeout);

  steady_clock::time_point next_look_;
  steady_clock::time_point taken_at_;  // when the peer was last seen to have taken something
  std::uint64_t taken_bytes_ = std::numeric_limits<std::uint64_t>::max();  // until then
  /// What waited when it was last looked at, and what was written since has taken at least.
  std::uint64_t untaken_bytes_ = not_known;
  const bool is_unix_;
  bool may_wait_ = false;  // something that was written may not have been taken
};

}  // namespace ws_demo
