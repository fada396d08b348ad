#pragma once

// Whether a subscriber is still there: pings one that answers when it has been silent for half of
// options::idle_timeout, any other each half of it; and gives it up when nothing came for all of
// it.
//
// Of TCP the kernel keeps the times (connection::silent_for): nothing is noted for each message,
// and they are right also while the server does not read.
//
// The subscriber owns it. Threads: the io_context's only.

#include "net/asio.hpp"
#include "net/connection.hpp"
#include "ws_demo/options.hpp"

#include <chrono>
#include <cstdint>

namespace ws_demo {

class keep_alive {
 public:
  /// What shows that the peer is there: it answers pings (WebSocket), or, where it never sends
  /// anything (Server-Sent Events), its kernel acknowledges what it is sent.
  enum class liveness : std::uint8_t { answers, acknowledges };
  enum class action : std::uint8_t { none, ping, give_up };

  keep_alive(const options& limits, liveness shown_by)
      : idle_timeout_(limits.idle_timeout), shown_by_(shown_by) {}

  /// What to do now. To be called a few times a second.
  action check(connection& c, steady_clock::time_point now);

  liveness shown_by() const { return shown_by_; }

 private:
  std::chrono::milliseconds silence(connection& c, steady_clock::time_point now) const;

  const std::chrono::milliseconds idle_timeout_;
  steady_clock::time_point next_check_ = steady_clock::now() + idle_timeout_ / 2;
  const liveness shown_by_;
  bool pinged_ = false;
};

}  // namespace ws_demo
