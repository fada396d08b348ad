#include "app/reload_signal.hpp"

#include <csignal>
#include <utility>

namespace ws_demo {

reload_signal::reload_signal(asio::io_context& io, std::function<void()> asked)
    : signals_(io.get_executor(), SIGHUP), asked_(std::move(asked)) {
  wait();
}

void reload_signal::cancel() {
  is_cancelled_ = true;
  signals_.cancel();
}

void reload_signal::wait() {
  signals_.async_wait([this](error_code ec, int /*number*/) {
    if (ec || is_cancelled_) return;
    asked_();
    wait();
  });
}

}  // namespace ws_demo
