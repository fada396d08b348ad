#pragma once

// Memory that is not used goes back to the system.

#include <boost/asio/io_context.hpp>

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

namespace ws_demo {

/// While it lives, a thread of its own gives back the pages that jemalloc has not used for a
/// second, or all that are unused where they are many. jemalloc would do so now and then as a part
/// of freeing, which holds up the loop; and its own background thread is not told when nothing more
/// is freed. Does nothing with another allocator.
class memory_purge {
 public:
  /// @param loop outlives it. Once a second it empties its thread's cache of freed objects, which
  /// would keep the pages that they lie in.
  explicit memory_purge(boost::asio::io_context& loop);

 private:
  void run(const std::stop_token& stop);

  boost::asio::io_context& loop_;
  std::mutex mutex_;  // for waiting only
  std::condition_variable_any stopped_;
  std::jthread thread_;
};

}  // namespace ws_demo
