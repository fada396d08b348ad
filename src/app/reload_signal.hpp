#pragma once

// SIGHUP: asks the program to read its files again.

#include "net/asio.hpp"

#include <boost/asio/signal_set.hpp>

#include <functional>

namespace ws_demo {

/// While it lives, the signal does not have its default action, which ends the process.
/// Threads: the io_context's only.
class reload_signal {
 public:
  /// Calls `asked` each time that the signal comes, until cancel().
  reload_signal(asio::io_context& io, std::function<void()> asked);
  void cancel();

 private:
  void wait();

  asio::basic_signal_set<executor> signals_;
  const std::function<void()> asked_;
  bool is_cancelled_ = false;  // what has come already cannot be
};

}  // namespace ws_demo
