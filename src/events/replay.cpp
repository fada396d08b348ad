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

std::uint64_t replay::position() const {
  return std::max(position_, std::ranges::min(begins_));
}

std::uint64_t replay::first_unread(std::size_t pattern) const {
  const auto after = std::max(position_, begins_[pattern]);
  return of_.first_after(patterns_[pattern], after).value_or(no_event);
}

bool replay::wants(std::uint64_t number) const {
  return last_ == 0 || of_.count_newer(number, newest_at_start_) < last_;
}

std::vector<std::uint64_t> replay::first_unread() const {
  std::vector<std::uint64_t> unread(patterns_.size());
  for (std::size_t i = 0; i < unread.size(); ++i) unread[i] = first_unread(i);
  return unread;
}

std::optional<std::uint64_t> replay::find_wanted(std::vector<std::uint64_t>& unread,
                                                 std::size_t& may_look_at) {
  for (; may_look_at > 0; --may_look_at) {
    const auto number = std::ranges::min(unread);
    // A subscriber may know events that have not come yet.
    if (number == no_event) position_ = std::max(position(), of_.newest());
    if (number == no_event || wants(number)) return number;
    pass(number, unread);
  }
  return std::nullopt;
}

void replay::pass(std::uint64_t number, std::vector<std::uint64_t>& unread) {
  position_ = number;
  for (std::size_t i = 0; i < unread.size(); ++i)
    if (unread[i] == number) unread[i] = first_unread(i);
}

void replay::skip_unwanted() {
  auto unread = first_unread();
  std::size_t may_look_at = events_per_page;
  find_wanted(unread, may_look_at);
}

replay::page replay::next(std::size_t limit_bytes, std::size_t overhead_bytes) {
  page result{{}, false};
  auto unread = first_unread();
  std::size_t bytes = 0;
  std::size_t may_look_at = events_per_page;
  while (bytes <= limit_bytes) {
    const auto number = find_wanted(unread, may_look_at);
    result.is_last = number == no_event;
    if (!number || result.is_last) break;
    const shared_event& found = of_.at(*number);
    bytes += found->text.size() + overhead_bytes;
    // One event of any size fits, alone: an empty send queue takes it.
    if (bytes > limit_bytes && !result.events.empty()) break;
    result.events.push_back(found);
    pass(*number, unread);
    --may_look_at;
  }
  return result;
}

}  // namespace ws_demo
