#include "net/thread_signal.hpp"

#include <sys/eventfd.h>

#include <cerrno>
#include <system_error>

namespace ws_demo {
namespace {

int make_event_descriptor() {
  const int made = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (made < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  return made;
}

}  // namespace

thread_signal::thread_signal(const executor& on) : descriptor_(on, make_event_descriptor()) {}

void thread_signal::notify() noexcept {
  ::eventfd_write(descriptor_.native_handle(), 1);
}

task<void> thread_signal::wait() {
  co_await descriptor_.async_wait(descriptor_.wait_read, no_throw);
  eventfd_t count = 0;
  ::eventfd_read(descriptor_.native_handle(), &count);
}

}  // namespace ws_demo
