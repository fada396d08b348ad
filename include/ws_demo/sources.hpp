#pragma once

// Where events come from, for those who are pushed: what is published, what was, and the random
// ones.
//
// The site owns it. Threads: the io_context's only.

#include "ws_demo/hub.hpp"
#include "ws_demo/metrics.hpp"
#include "ws_demo/net.hpp"
#include "ws_demo/options.hpp"
#include "ws_demo/pulse.hpp"
#include "ws_demo/turns.hpp"

namespace ws_demo {

struct sources {
  /// The references outlive it.
  sources(const executor& on, const options& o, metrics& counts)
      : center(on, o), random(on, o, counts), replays(on) {}

  /// To be awaited once; it returns after stop().
  task<void> run();
  void stop();

  hub center;
  pulse random;
  turns replays;
};

}  // namespace ws_demo
