#pragma once

// The log of what peers and publishers can provoke in any number: of each kind of line, a few a
// second are written, and the others are counted. No sockets.

#include "common/metrics.hpp"

#include <spdlog/logger.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace ws_demo {

/// Most lines of one kind that are logged in a second. One more tells how many were left out.
inline constexpr int max_log_lines_per_second = 10;

/// Writes to what is spdlog's default logger when it is made.
///
/// The server owns it. Threads: the io_context's only.
class limited_log {
 public:
  /// @param counts outlives it.
  explicit limited_log(metrics& counts);
  /// Tells what has been left out.
  ~limited_log();
  limited_log(const limited_log&) = delete;
  limited_log& operator=(const limited_log&) = delete;

  /// Logs a line of `kind` and `details`, or, where max_log_lines_per_second have been logged,
  /// counts it. A line for which there is no memory is lost.
  /// @param kind one of a fixed set of texts, each always with the same level
  /// @param details printable() where they come from outside
  void write(spdlog::level::level_enum level, std::string_view kind,
             std::string_view details) noexcept;

  /// Counts and logs a rejected request or event.
  /// @param reason one of a fixed set of words
  /// @param detail the part that was rejected; it is made printable
  void refuse(std::string_view reason, std::string_view peer, std::string_view detail) noexcept;

  /// Tells what was left out in seconds that are over. To be called now and then.
  void flush(std::chrono::steady_clock::time_point now);

 private:
  struct tally {
    spdlog::level::level_enum level;
    std::chrono::steady_clock::time_point began = std::chrono::steady_clock::time_point::min();
    int logged = 0;  // in the second that began then
    std::uint64_t left_out = 0;
  };
  /// Whether one more line may be logged now. Where not, it is counted.
  bool admit(std::string_view kind, tally& t);
  void tell_left_out(std::string_view kind, tally& t);

  metrics& counts_;
  // Held, because a peer may be destroyed with a static io_context, after spdlog's registry.
  const std::shared_ptr<spdlog::logger> to_;
  std::map<std::string, tally, std::less<>> tallies_;  // by kind
};

}  // namespace ws_demo
