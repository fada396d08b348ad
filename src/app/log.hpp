#pragma once

// Set-up of the log: lines of `key=value` on standard error.
//
// A thread of spdlog's writes them, because standard error may be a pipe that nobody reads: then
// the oldest lines are lost, and no peer waits. Text from outside goes through printable() first.

#include <string>

namespace ws_demo {

/// Makes spdlog's default logger write to standard error, in UTC, at `level` (options::log_level)
/// and above. spdlog::shutdown() writes what is left, however long that takes.
void set_up_log(const std::string& level);

}  // namespace ws_demo
