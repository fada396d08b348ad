#pragma once

// Ticks for many clients, each once an interval from its own start, by one timer for all.
//
// Due times are rounded up to a grid, so that one wake-up of the process serves many clients, and a
// bounded number of clients is served in one turn of the loop.
//
// It outlives its clients. Threads: the io_context's only.

#include "common/metrics.hpp"
#include "net/asio.hpp"
#include "ws_demo/options.hpp"

#include <boost/intrusive/list.hpp>

#include <chrono>
#include <map>

namespace ws_demo {

class ticker {
 public:
  /// Gets ticks from add() until it is destroyed.
  class client : public boost::intrusive::list_base_hook<> {
   public:
    /// The interval is over. May destroy the client.
    virtual void on_tick(steady_clock::time_point due) = 0;
    /// There was no memory for a tick: there may be no more of them.
    virtual void on_no_memory() noexcept = 0;
    client() = default;
    virtual ~client() {
      if (is_linked()) of_->remove(*this);
    }
    client(const client&) = delete;
    client& operator=(const client&) = delete;

   private:
    friend ticker;
    ticker* of_ = nullptr;
    steady_clock::time_point due_;
  };

  /// @param limits of which `interval` is used; zero for no ticks. Both references outlive it.
  ticker(const executor& on, const options& limits, metrics& counts)
      : limits_(limits), counts_(counts), alarm_(on) {}

  /// Delivers the first tick at once, and schedules the others.
  void add(client& c);

  /// Delivers the ticks that are due; those that are too late are skipped and counted. To be
  /// awaited once; it returns after stop().
  task<void> run();
  void stop();

 private:
  using clients = boost::intrusive::list<client>;

  void tick(client& c, steady_clock::time_point now);
  void schedule(client& c);
  void remove(client& c);
  /// The next client that is due, unlinked; null if none is.
  client* take_due(steady_clock::time_point now);

  const options& limits_;
  metrics& counts_;
  std::map<steady_clock::time_point, clients> due_;  // by the grid; without empty lists
  timer alarm_;                                      // for the first of them
  bool stopped_ = false;
};

// Pure arithmetic, declared for its tests.

/// The first of `start + interval`, `start + 2 * interval`, … that is after `now`. Counted from the
/// start and not from the last tick, so that late wake-ups do not add up.
steady_clock::time_point next_tick(steady_clock::time_point start,
                                   std::chrono::milliseconds interval,
                                   steady_clock::time_point now);

/// Whether a tick that comes this late is skipped: by over half an interval, and over 10 ms.
bool too_late(steady_clock::duration lateness, std::chrono::milliseconds interval);

/// `due`, rounded up to the grid: a hundredth of the interval, 10 ms at most.
steady_clock::time_point on_grid(steady_clock::time_point due, std::chrono::milliseconds interval);

}  // namespace ws_demo
