#pragma once

// Random events: each peer gets one at once and then each interval. One timer serves all, on a grid
// (schedule.hpp).
//
// The sources own it; it outlives its beats. Threads: the io_context's only.

#include "ws_demo/metrics.hpp"
#include "ws_demo/net.hpp"
#include "ws_demo/options.hpp"
#include "ws_demo/outbox.hpp"

#include <boost/intrusive/list.hpp>

#include <map>

namespace ws_demo {

class pulse {
 public:
  /// @param limits of which the interval matters; both references outlive it.
  pulse(const executor& on, const options& limits, metrics& counts)
      : limits_(limits), counts_(counts), alarm_(on) {}

  /// As long as it lives, an outbox gets its events. One that is late is skipped.
  class beat : public boost::intrusive::list_base_hook<> {
   public:
    /// Pushes the first. Both outlive it.
    beat(pulse& of, outbox& box);
    ~beat();
    beat(const beat&) = delete;
    beat& operator=(const beat&) = delete;

   private:
    friend pulse;
    pulse& of_;
    outbox& box_;
    steady_clock::time_point due_ = steady_clock::now();
  };

  /// Pushes what is due. To be awaited once; it returns after stop().
  task<void> run();
  void stop();

 private:
  using beats = boost::intrusive::list<beat>;

  void push(beat& b);
  void remove(beat& b);
  /// The next that is due by now; null where there is none.
  beat* take_due();

  const options& limits_;
  metrics& counts_;
  std::map<steady_clock::time_point, beats> due_;  // by the grid; none is empty
  timer alarm_;                                    // for the first of them
  bool stopped_ = false;
};

}  // namespace ws_demo
