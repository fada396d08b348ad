#include "app/systemd.hpp"

#include <systemd/sd-daemon.h>

#include <cstdint>
#include <stdexcept>

namespace ws_demo {

std::optional<int> passed_socket() {
  const int count = ::sd_listen_fds(/*unset_environment=*/1);
  if (count > 1) throw std::runtime_error("one listening socket can be passed, not several");
  if (count < 1) return std::nullopt;
  return SD_LISTEN_FDS_START;
}

void notify_ready() {
  ::sd_notify(0, "READY=1");
}

void notify_stopping() {
  ::sd_notify(0, "STOPPING=1");
}

watchdog::watchdog(asio::io_context& io) : alarm_(io.get_executor()) {
  std::uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(0, &microseconds) <= 0) return;
  period_ = std::chrono::microseconds(microseconds) / 2;
  notify();
}

void watchdog::stop() {
  stopped_ = true;
  alarm_.cancel();  // fails to, where the handler is queued already
}

void watchdog::notify() {
  ::sd_notify(0, "WATCHDOG=1");
  alarm_.expires_after(period_);
  alarm_.async_wait([this](error_code ec) {
    if (!ec && !stopped_) notify();
  });
}

}  // namespace ws_demo
