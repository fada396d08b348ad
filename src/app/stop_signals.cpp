#include "app/stop_signals.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <utility>

namespace ws_demo {
namespace {

// What the signal handler uses, on whatever thread it runs.
// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables): a signal handler has no argument
std::atomic<int> first_signal = 0;
std::atomic<int> descriptor_for_first = -1;  // an eventfd, which the first signal takes
// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)
static_assert(std::atomic<int>::is_always_lock_free);  // signal-safety(7)

extern "C" void on_stop_signal(int number) {
  const int descriptor = descriptor_for_first.exchange(-1);
  if (descriptor < 0) {
    std::signal(number, SIG_DFL);
    std::raise(number);
    ::_exit(128 + number);  // as process 1; a shell gives the same status
  }
  first_signal = number;
  const int error_before = errno;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(descriptor, &one, sizeof one);
  errno = error_before;
}

}  // namespace

stop_signals::stop_signals(asio::io_context& io)
    : came_(io, ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  descriptor_for_first = came_.native_handle();
  struct sigaction action{};
  action.sa_handler = on_stop_signal;
  action.sa_flags = SA_RESTART | SA_NODEFER;  // it raises the signal itself
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

stop_signals::~stop_signals() {
  descriptor_for_first = -1;
  came_.release();  // stays open: on another thread, the handler may be about to write to it
}

void stop_signals::async_wait(std::function<void(int)> asked) {
  came_.async_wait(asio::posix::stream_descriptor::wait_read,
                   [asked = std::move(asked)](error_code ec) {
                     if (!ec) asked(first_signal);
                   });
}

void stop_signals::cancel() {
  error_code ignored;
  came_.cancel(ignored);
}

}  // namespace ws_demo
