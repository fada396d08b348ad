#include "ws_demo/schedule.hpp"

#include <algorithm>

namespace ws_demo {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

steady_clock::time_point next_tick(steady_clock::time_point start, milliseconds interval,
                                   steady_clock::time_point now) {
  return start + ((now - start) / interval + 1) * interval;
}

bool too_late(steady_clock::duration lateness, milliseconds interval) {
  return lateness > std::max<steady_clock::duration>(interval / 2, 10ms);
}

steady_clock::time_point on_grid(steady_clock::time_point due, milliseconds interval) {
  const auto grid = std::min<steady_clock::duration>(steady_clock::duration(interval) / 100, 10ms);
  const auto past = due.time_since_epoch() % grid;
  return past == past.zero() ? due : due - past + grid;
}

}  // namespace ws_demo
