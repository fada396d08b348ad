#pragma once

// The log of rejected requests, limited to one line a second for each reason. No sockets.

#include "common/metrics.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace ws_demo {

/// The server owns it. Threads: the io_context's only.
class rejection_log {
 public:
  /// @param counts outlives it.
  explicit rejection_log(metrics& counts) : counts_(counts) {}

  /// Counts a rejection, and logs it, unless one for this reason was logged within the last second:
  /// then the next line has it in its count.
  /// @param reason one of a fixed set of words
  /// @param detail the part of the request that was rejected; it is made printable
  void record(std::string_view reason, std::string_view peer, std::string_view detail);

  /// Logs the counts that are due. To be called now and then.
  void flush();

 private:
  struct tally {
    std::uint64_t not_logged = 0;
    std::string latest;  // peer and detail
    std::chrono::steady_clock::time_point logged_at = std::chrono::steady_clock::time_point::min();
  };
  static void flush(std::string_view reason, tally& t);

  metrics& counts_;
  std::map<std::string, tally, std::less<>> tallies_;  // by reason
};

}  // namespace ws_demo
