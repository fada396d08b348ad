#pragma once

// Reads the missed events of some topics from the history in pages, while new ones are appended and
// old ones dropped. No sockets.
//
// The history knows nothing of it: it looks up where to go on with each page, so that a replay that
// stands still costs nothing. Threads: the io_context's only.

#include "events/event.hpp"
#include "events/history.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ws_demo {

class replay {
 public:
  /// @param of and patterns outlive it; there is at least one pattern.
  /// @param after number of the event after which it begins
  /// @param last at most so many of the events that each topic has now, the newest; 0 for all
  replay(const history& of, const std::vector<std::string>& patterns, std::uint64_t after,
         std::uint64_t last);

  /// Whether an event that was still to be read has been dropped since the last call. Of the events
  /// that `last` asks for, those count that were published since the replay began: of the others it
  /// gets what there is.
  bool lost_some();

  /// Number of the event after which it stands: none that is still to come has a smaller one.
  std::uint64_t position() const;
  /// Moves the position to where the first event is still to come, or as far as there are events.
  /// Looks at a bounded number of events.
  void skip_unwanted();

  struct page {
    std::vector<shared_event> events;  // in order
    bool is_last;
  };
  /// The next events, oldest first: at most `limit_bytes`, or one event that is larger. Looks at a
  /// bounded number of events, and may find none before the last page.
  /// @param overhead_bytes with which each event counts beside its text
  page next(std::size_t limit_bytes, std::size_t overhead_bytes);

 private:
  /// Number of the first event that the pattern includes, and that has not been looked at.
  std::uint64_t first_unread(std::size_t pattern) const;
  /// The same of all patterns.
  std::vector<std::uint64_t> first_unread() const;
  /// Number of the next event that is wanted, or no_event; nothing if it may not look that far.
  /// @param unread as first_unread()
  std::optional<std::uint64_t> find_wanted(std::vector<std::uint64_t>& unread,
                                           std::size_t& may_look_at);
  bool wants(std::uint64_t number) const;
  void pass(std::uint64_t number, std::vector<std::uint64_t>& unread);

  const history& of_;
  const std::vector<std::string>& patterns_;
  const std::uint64_t last_;
  const std::uint64_t newest_at_start_;  // number of an event
  std::vector<std::uint64_t> begins_;  // of each pattern, the number of the event before the first
  std::uint64_t position_;             // number of the last event that has been looked at
  std::uint64_t told_up_to_;           // what was dropped up to here is known, or not asked for
};

}  // namespace ws_demo
