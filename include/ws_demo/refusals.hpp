#pragma once

// Telling of requests that were refused, without letting them fill the log. No sockets.

#include "ws_demo/metrics.hpp"
#include "ws_demo/net.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace ws_demo {

/// The server owns it. Threads: the io_context's only.
class refusals {
 public:
  /// @param counts outlives the refusals.
  explicit refusals(metrics& counts) : counts_(counts) {}

  /// Counts a refusal, and logs it, unless one for this reason was logged within the last second:
  /// then it is in the count of the next line.
  /// @param reason one of a few words of ours
  /// @param detail what of the request was refused; it is made printable
  void note(std::string_view reason, std::string_view peer, std::string_view detail);

  /// Logs what note() left for later and is due. To be called now and then.
  void tell();

 private:
  struct tally {
    std::uint64_t untold = 0;
    std::string last;  // the peer and the detail of the latest
    steady_clock::time_point told_at = steady_clock::time_point::min();
  };
  static void tell(std::string_view reason, tally& of_this);

  metrics& counts_;
  std::map<std::string, tally, std::less<>> tallies_;  // by reason
};

}  // namespace ws_demo
