#pragma once

// Logging: one line an event, `key=value`, on standard error, so that standard output stays free.
// A thread of its own writes them, because standard error may be a pipe that nobody reads: then
// lines are lost, the oldest first, and no peer waits.
//
// Use spdlog::info() and its kin; what came from outside goes through printable() (text.hpp) first.

#include <string>

namespace ws_demo {

/// Makes spdlog's default logger write to standard error, in UTC, at `level` (options::log_level)
/// and above. spdlog::shutdown() writes what is left.
void set_up_log(const std::string& level);

}  // namespace ws_demo
