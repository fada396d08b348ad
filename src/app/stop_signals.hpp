#pragma once

// SIGINT and SIGTERM: the first asks the program to stop, the next ends the process.

#include "net/asio.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>

namespace ws_demo {

/// From when it is made, a signal is kept for async_wait(). Any further one, and any that comes
/// when it has been destroyed, ends the process at once, with the status that the signal's default
/// action has: also while the loop is busy, and as process 1, to which the kernel does not apply
/// that action (pid_namespaces(7)).
///
/// A process makes one, once. Threads: the io_context's only.
class stop_signals {
 public:
  /// @throws boost::system::system_error where there is no descriptor left
  explicit stop_signals(asio::io_context& io);
  ~stop_signals();
  stop_signals(const stop_signals&) = delete;
  stop_signals& operator=(const stop_signals&) = delete;

  /// Calls `asked` with the number of the first signal, unless cancelled before.
  void async_wait(std::function<void(int)> asked);
  void cancel();

 private:
  asio::posix::stream_descriptor came_;  // readable when the first signal has come
};

}  // namespace ws_demo
