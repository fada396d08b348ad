#include "app/memory_reserve.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <utility>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t reserve_bytes = std::size_t{1} << 20;

// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables): a new handler has no argument
std::atomic<void*> reserve = nullptr;
std::atomic<int> descriptor_for_use = -1;  // an eventfd
// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)

void use_reserve() {
  void* const block = reserve.exchange(nullptr);
  if (!block) throw std::bad_alloc();
  std::free(block);  // NOLINT(*-no-malloc,*-owning-memory): `new` would come back here
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(descriptor_for_use, &one, sizeof one);
}

/// Whether there is one now.
bool fill_reserve() {
  if (!reserve) reserve = std::malloc(reserve_bytes);  // NOLINT(*-no-malloc,*-owning-memory)
  return reserve != nullptr;
}

}  // namespace

memory_reserve::memory_reserve(asio::io_context& io, std::function<void()> used)
    : is_used_(io, ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      next_try_(io.get_executor()),
      used_(std::move(used)) {
  if (!fill_reserve()) throw std::bad_alloc();
  descriptor_for_use = is_used_.native_handle();
  std::set_new_handler(use_reserve);
  wait();
}

memory_reserve::~memory_reserve() {
  std::set_new_handler(nullptr);
  descriptor_for_use = -1;
  std::free(reserve.exchange(nullptr));  // NOLINT(*-no-malloc,*-owning-memory)
}

void memory_reserve::cancel() {
  error_code ignored;
  is_used_.cancel(ignored);
  next_try_.cancel();
}

void memory_reserve::wait() {
  is_used_.async_wait(asio::posix::stream_descriptor::wait_read, [this](error_code ec) {
    if (ec) return;
    std::uint64_t times = 0;
    [[maybe_unused]] const auto size = ::read(is_used_.native_handle(), &times, sizeof times);
    used_();
    fill();
  });
}

/// Tries until there is memory for it.
void memory_reserve::fill() {
  if (fill_reserve()) {
    wait();
    return;
  }
  next_try_.expires_after(10ms);
  next_try_.async_wait([this](error_code ec) {
    if (!ec) fill();
  });
}

}  // namespace ws_demo
