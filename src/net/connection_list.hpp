#pragma once

// All connections of a server: their deadlines, what they hold, and shutting them down. One pass
// over all a few times a second is cheaper than a timer in each, of which nearly none ever expires.
//
// The server owns it, and it outlives the connections. Threads: the io_context's only.

#include "net/asio.hpp"
#include "net/connection.hpp"
#include "ws_demo/options.hpp"

#include <boost/intrusive/list.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace ws_demo {

class connection_list {
 public:
  /// @param limits outlives the list.
  connection_list(executor on, const options& limits) : on_(std::move(on)), limits_(limits) {}

  /// Has a connection in the list while it lives.
  class entry {
   public:
    /// @param in and c outlive it.
    entry(connection_list& in, connection& c);
    ~entry();
    entry(const entry&) = delete;
    entry& operator=(const entry&) = delete;

   private:
    connection_list& in_;
    connection& which_;
  };

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  /// How often check_deadlines() is due: a tenth of the shortest time-out, so that none is exceeded
  /// by more.
  static std::chrono::milliseconds check_interval(const options& limits);

  /// Checks each connection once, in slices: thousands may have to be sent a ping.
  task<void> check_deadlines(steady_clock::time_point now);

  /// Aborts those that hold most, until so many bytes will be free. Goes over all in slices.
  /// @returns whether there was one that holds much
  task<bool> give_up_memory(std::size_t bytes);
  /// Whether some that were aborted have not ended yet.
  bool has_aborted() const { return !aborted_.empty(); }

  /// Begins to shut down the connections that there are now.
  void begin_shutdown(steady_clock::time_point now);
  /// Shuts down those of them that should be by now (options::drain_spread), a bounded number in
  /// one call.
  /// @param all also those that came since, which came for an answer
  /// @returns whether there are more
  bool continue_shutdown(steady_clock::time_point now, bool all);
  /// Aborts connections, a bounded number in one call.
  /// @returns whether there are more
  bool abort_some();

 private:
  using list = boost::intrusive::list<connection, boost::intrusive::constant_time_size<false>>;

  static connection* take_first(list& from);
  template <class Visitor>
  task<void> visit_all(Visitor visit);
  std::size_t due_for_shutdown(steady_clock::time_point now) const;

  executor on_;
  const options& limits_;
  // Each is in one of these lists. The first three are in the order in which they are visited.
  list open_;
  list late_;           // came during the shutdown
  list shutting_down_;  // have been told
  list aborted_;
  std::size_t size_ = 0;
  std::uint64_t visits_ = 0;
  bool shutting_down_all_ = false;
  steady_clock::time_point shutdown_began_;
  std::size_t to_shut_down_ = 0;
  std::size_t shut_down_ = 0;
};

}  // namespace ws_demo
