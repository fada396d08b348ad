#pragma once

// When a peer's pushes are due. Pure arithmetic on the steady clock.

#include <chrono>

namespace ws_demo {

/// The first of `start + interval`, `start + 2 * interval`, … that is after `now`. Counting from
/// the start, and not from the last push, keeps late wake-ups from adding up.
std::chrono::steady_clock::time_point next_tick(std::chrono::steady_clock::time_point start,
                                                std::chrono::milliseconds interval,
                                                std::chrono::steady_clock::time_point now);

/// Whether a tick that comes this late is skipped: over half an interval, but 10 ms are forgiven.
bool too_late(std::chrono::steady_clock::duration lateness, std::chrono::milliseconds interval);

/// `due`, rounded up to a grid that all peers share (a hundredth of the interval, 10 ms at most),
/// so that one wake-up of the process serves many peers: wake-ups are most of what a push costs.
std::chrono::steady_clock::time_point on_grid(std::chrono::steady_clock::time_point due,
                                              std::chrono::milliseconds interval);

}  // namespace ws_demo
