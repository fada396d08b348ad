#pragma once

// Lets another thread wake a coroutine. The other thread does not touch the io_context, which may
// be destroyed meanwhile: asio::post() from there would race with that.
//
// Threads: the io_context's only, but for notify().

#include "net/asio.hpp"

#include <boost/asio/posix/basic_stream_descriptor.hpp>

namespace ws_demo {

class thread_signal {
 public:
  /// @throws std::system_error where the process has no descriptor left
  explicit thread_signal(const executor& on);

  /// Ends the wait, or the next one. From any thread.
  void notify() noexcept;
  /// Waits for a notification since the last wait.
  task<void> wait();

 private:
  asio::posix::basic_stream_descriptor<executor> descriptor_;  // of eventfd(2)
};

}  // namespace ws_demo
