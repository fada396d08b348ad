#pragma once

// What systemd and its service agree on: sd_notify(3), sd_watchdog_enabled(3), sd_listen_fds(3).
// Part of the program, and not of the library: whose process it is decides what it tells its
// manager.
//
// All of it does nothing where there is no service manager that asks for it.

#include "net/asio.hpp"

#include <optional>

namespace ws_demo {

/// The listening socket that was passed to the process (socket activation); nothing if none was.
/// @throws std::runtime_error if more than one was.
std::optional<int> passed_socket();

/// Type=notify: the service is up; it is about to stop.
void notify_ready();
void notify_stopping();

/// Says that the process lives, twice in the time (WatchdogSec=) after which the manager would take
/// it for dead. It does so from the io_context, so that it falls silent when that hangs.
class watchdog {
 public:
  explicit watchdog(asio::io_context& io);
  void stop() { alarm_.cancel(); }

 private:
  void say_so();

  std::chrono::microseconds period_{};
  timer alarm_;
};

}  // namespace ws_demo
