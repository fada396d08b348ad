#pragma once

// All connections of a server: their deadlines, and shutting them down. One pass over all a few
// times a second is cheaper than a timer in each, of which nearly none ever expires.
//
// Connections unlink themselves when they are destroyed. The server owns the list. Threads: the
// io_context's only.

#include "net/asio.hpp"
#include "net/connection.hpp"
#include "ws_demo/options.hpp"

#include <boost/intrusive/list.hpp>

#include <chrono>
#include <cstddef>
#include <utility>

namespace ws_demo {

class connection_list {
 public:
  /// @param limits outlives the list.
  connection_list(executor on, const options& limits) : on_(std::move(on)), limits_(limits) {}

  void add(connection& c) { all_.push_back(c); }
  bool empty() const { return all_.empty(); }

  /// How often check_deadlines() is due: a tenth of the shortest time-out, so that none is exceeded
  /// by more.
  static std::chrono::milliseconds check_interval(const options& limits);

  /// Checks each connection once, in slices: thousands may have to be sent a ping.
  task<void> check_deadlines(steady_clock::time_point now);

  /// Begins to shut down the connections that there are now.
  void begin_shutdown(steady_clock::time_point now);
  /// Shuts down as many of them as should be by now (options::drain_spread).
  /// @param all also those that came since, which came for an answer
  void continue_shutdown(steady_clock::time_point now, bool all);
  void abort_all();

 private:
  using list = boost::intrusive::list<connection, boost::intrusive::constant_time_size<false>>;

  std::size_t due_for_shutdown(steady_clock::time_point now) const;

  executor on_;
  const options& limits_;
  list all_;  // checked longest ago first
  steady_clock::time_point shutdown_began_;
  std::size_t to_shut_down_ = 0;
  std::size_t shut_down_ = 0;
};

}  // namespace ws_demo
