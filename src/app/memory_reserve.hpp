#pragma once

// Memory for when there is no more.

#include "net/asio.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>

namespace ws_demo {

/// Sets a mebibyte aside. Where an allocation by `new` fails, on any thread, it is freed, and the
/// allocation is tried again: what is under way goes on, and meanwhile somebody can give memory
/// back. With the next failure before that, `new` throws as usual.
///
/// A process makes one, once. Threads: the io_context's only.
class memory_reserve {
 public:
  /// @param used is called by a later turn of the loop, each time that the reserve was needed.
  /// @throws std::bad_alloc, or boost::system::system_error where there is no descriptor left
  memory_reserve(asio::io_context& io, std::function<void()> used);
  ~memory_reserve();
  memory_reserve(const memory_reserve&) = delete;
  memory_reserve& operator=(const memory_reserve&) = delete;

  /// Calls `used` no more.
  void cancel();

 private:
  void wait();
  void fill();

  asio::posix::stream_descriptor is_used_;  // readable when the reserve has been freed
  timer next_try_;
  std::function<void()> used_;
};

}  // namespace ws_demo
