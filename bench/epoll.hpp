#pragma once

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>

namespace ws_bench {

/// The kernel's readiness queue, with a number of the caller's for each descriptor. Closing a
/// descriptor takes it out. One thread. Throws std::system_error.
class epoll {
 public:
  epoll() : descriptor_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  }
  ~epoll() { ::close(descriptor_); }
  epoll(const epoll&) = delete;
  epoll& operator=(const epoll&) = delete;

  void add(int descriptor, std::uint32_t wanted, std::uint64_t number) {
    epoll_event event{};
    event.events = wanted;
    event.data.u64 = number;  // NOLINT(cppcoreguidelines-pro-type-union-access): epoll's own
    if (::epoll_ctl(descriptor_, EPOLL_CTL_ADD, descriptor, &event) != 0)
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }

  /// What is ready, after at most `milliseconds` (-1: however long it takes); good until the next
  /// call. Empty after a signal.
  std::span<const epoll_event> wait(int milliseconds) {
    const int count =
        ::epoll_wait(descriptor_, ready_.data(), static_cast<int>(ready_.size()), milliseconds);
    return std::span(ready_).first(count > 0 ? static_cast<std::size_t>(count) : 0);
  }

  static std::uint64_t number(const epoll_event& event) {
    return event.data.u64;  // NOLINT(cppcoreguidelines-pro-type-union-access)
  }

 private:
  int descriptor_;
  std::array<epoll_event, 512> ready_{};
};

}  // namespace ws_bench
