#pragma once

// systemd: sd_notify(3), sd_watchdog_enabled(3), sd_listen_fds(3). All of it does nothing where the
// process was not started by systemd for that.

#include "net/asio.hpp"

#include <optional>

namespace ws_demo {

/// The listening socket that systemd passed (socket activation); nothing if it passed none.
/// @throws std::runtime_error if more than one was.
std::optional<int> passed_socket();

/// Type=notify: the service is ready, or is stopping.
void notify_ready();
void notify_stopping();

/// Notifies systemd's watchdog twice in WatchdogSec=, from the io_context, so that it stops when
/// the loop hangs.
class watchdog {
 public:
  explicit watchdog(asio::io_context& io);
  void stop();

 private:
  void notify();

  std::chrono::microseconds period_{};
  timer alarm_;
  bool stopped_ = false;
};

}  // namespace ws_demo
