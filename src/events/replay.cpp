#include "events/replay.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>

namespace ws_demo {
namespace {

/// How many events a page looks at: about a millisecond.
constexpr std::size_t events_per_page = 1000;

constexpr auto no_event = std::numeric_limits<std::uint64_t>::max();

}  // namespace

replay::replay(const history& of, const std::vector<std::string>& patterns, std::uint64_t after,
               std::uint64_t last)
    : of_(of),
      patterns_(patterns),
      last_(last),
      newest_at_start_(of.newest()),
      begins_(patterns.size(), after),
      position_(after),
      told_up_to_(last > 0 ? newest_at_start_ : after) {
  if (last == 0) return;
  std::ranges::transform(patterns_, begins_.begin(), [&](const std::string& pattern) {
    return std::max(after, of.last_before_newest(pattern, last));
  });
}

bool replay::lost_some() {
  if (!of_.has_gap(patterns_, std::max(position_, told_up_to_))) return false;
  told_up_to_ = of_.newest_dropped();
  return true;
}

std::uint64_t replay::first_unread(std::size_t pattern) const {
  const auto after = std::max(position_, begins_[pattern]);
  return of_.first_after(patterns_[pattern], after).value_or(no_event);
}

bool replay::wants(std::uint64_t number) const {
  return last_ == 0 || of_.count_newer(number, newest_at_start_) < last_;
}

replay::page replay::next(std::size_t limit_bytes, std::size_t overhead_bytes) {
  page result{{}, false};
  std::vector<std::uint64_t> unread(patterns_.size());
  for (std::size_t i = 0; i < unread.size(); ++i) unread[i] = first_unread(i);
  std::size_t bytes = 0;
  for (std::size_t looked_at = 0; looked_at < events_per_page; ++looked_at) {
    const auto next_unread = std::ranges::min(unread);
    if (next_unread == no_event) {
      result.is_last = true;
      break;
    }
    if (wants(next_unread)) {
      const shared_event& found = of_.at(next_unread);
      bytes += found->text.size() + overhead_bytes;
      // One event of any size fits: an empty send queue takes it.
      if (bytes > limit_bytes && !result.events.empty()) break;
      result.events.push_back(found);
    }
    position_ = next_unread;
    for (std::size_t i = 0; i < unread.size(); ++i)
      if (unread[i] == next_unread) unread[i] = first_unread(i);
  }
  return result;
}

}  // namespace ws_demo
