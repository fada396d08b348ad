#pragma once

// What the history remembers of topics and patterns that it has forgotten: the number of the newest
// event that has been dropped. So a subscriber is told of a gap only where something on its topics
// is gone. No sockets.
//
// It is bounded: of more than options::max_topics_total names, at most 100,000, the half that was
// remembered first becomes one number, which is then the answer for every name that is not known.
//
// The history owns it. Threads: the io_context's only.

#include "common/memory_budget.hpp"
#include "ws_demo/options.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ws_demo {

class dropped_record {
 public:
  /// @param limits and memory, to which it is charged, outlive it.
  dropped_record(const options& limits, memory_budget& memory) : limits_(limits), own_(&memory) {}

  /// Without memory for it, this number stands for all names.
  /// @param newest number of the newest event dropped of this topic or pattern; 0 for none
  void remember(std::string_view name, std::uint64_t newest) noexcept;

  /// This number stands for all names of which no newer one is known.
  void give_up(std::uint64_t newest) { given_up_ = std::max(given_up_, newest); }
  void clear() noexcept;

  /// Number of the newest event that may have been dropped of this topic or pattern, which the
  /// history does not know now; 0 if there is none.
  std::uint64_t newest(std::string_view name) const;
  /// The same, and forgets it: the history knows the name from now on.
  std::uint64_t take(std::string_view name);

 private:
  /// By hash of the name.
  using numbers = boost::unordered_flat_map<std::size_t, std::uint64_t>;

  void charge();

  const options& limits_;
  numbers newer_;
  numbers older_;
  std::uint64_t newest_of_newer_ = 0;
  std::uint64_t newest_of_older_ = 0;
  std::uint64_t given_up_ = 0;
  memory_charge own_;
};

}  // namespace ws_demo
