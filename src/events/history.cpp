#include "events/history.hpp"

#include "events/topic.hpp"

#include <algorithm>
#include <utility>

namespace ws_demo {
namespace {

/// What an event and its topic cost beside the text: map nodes, the id, counters.
constexpr std::size_t overhead_bytes = 192;

/// How many events a page looks at: about a millisecond.
constexpr std::size_t page_events = 1000;

bool matches_any(const std::vector<std::string>& patterns, std::string_view topic) {
  return std::ranges::any_of(patterns, [topic](const auto& p) { return matches(p, topic); });
}

}  // namespace

void history::numbers::pop_front() {
  ++dropped_;
  if (dropped_ < all_.size() / 2) return;  // erasing half at a time costs constant time each
  all_.erase(all_.begin(), all_.begin() + static_cast<std::ptrdiff_t>(dropped_));
  dropped_ = 0;
}

std::uint64_t history::numbers::count(std::uint64_t above, std::uint64_t up_to) const {
  const auto first = all_.begin() + static_cast<std::ptrdiff_t>(dropped_);
  const auto begin = std::upper_bound(first, all_.end(), above);
  return static_cast<std::uint64_t>(std::upper_bound(begin, all_.end(), up_to) - begin);
}

bool history::has_room_for(const std::set<std::string_view>& names) const {
  auto room = limits_.max_topics_total - std::min(limits_.max_topics_total, topics_.size());
  return std::ranges::all_of(
      names, [&](std::string_view name) { return topics_.contains(name) || room-- > 0; });
}

void history::reserve(const std::set<std::string_view>& names) {
  for (const auto name : names) ++topic_named(name).reservations;
}

void history::release(const std::set<std::string_view>& names) {
  for (const auto name : names) {
    topic& t = topic_named(name);
    --t.reservations;
    forget_if_unused(t);
  }
}

history::topic& history::topic_named(std::string_view name) {
  auto found = topics_.find(name);
  if (found == topics_.end()) {
    found = topics_.emplace(name, topic{}).first;
    found->second.name = found->first;
    found->second.dropped_up_to = forgotten_up_to_;
  }
  return found->second;
}

void history::append(std::string_view topic_name, std::uint64_t number, shared_event e,
                     steady_clock::time_point now) {
  topic& t = topic_named(topic_name);
  entry& added = events_[number];
  added.of = &t;
  added.at = now;
  bytes_ += e->text.size() + overhead_bytes;
  added.what = std::move(e);
  if (!t.events.empty()) superseded_.push_back(events_.at(t.events.last()));
  t.events.push_back(number);
  if (t.events.size() > limits_.history_events) drop_oldest_of(t);
  drop_until_small_enough();
}

void history::expire(steady_clock::time_point now) {
  while (!events_.empty() && events_.begin()->second.at + limits_.history_age < now)
    drop_oldest_of(*events_.begin()->second.of);
}

void history::drop_until_small_enough() {
  while (bytes_ > limits_.history_bytes && !events_.empty())
    drop_oldest_of(superseded_.empty() ? *events_.begin()->second.of : *superseded_.front().of);
}

void history::drop_oldest_of(topic& t) {
  const auto oldest = events_.find(t.events.first());
  const auto number = oldest->first;
  for (replay& r : replays_) r.lost_some_ = r.lost_some_ || r.wants(t, number);
  bytes_ -= oldest->second.what->text.size() + overhead_bytes;
  t.dropped_up_to = number;
  newest_dropped_ = std::max(newest_dropped_, number);
  events_.erase(oldest);
  t.events.pop_front();
  forget_if_unused(t);
}

void history::forget_if_unused(topic& t) {
  if (!t.events.empty() || t.reservations > 0) return;
  forgotten_up_to_ = std::max(forgotten_up_to_, t.dropped_up_to);
  topics_.erase(topics_.find(t.name));
}

bool history::has_gap(const std::vector<std::string>& patterns, std::uint64_t number) const {
  if (newest_dropped_ <= number) return false;
  const auto dropped = [number](const topic& t) { return t.dropped_up_to > number; };
  return std::ranges::any_of(patterns, [&](const std::string& pattern) {
    if (pattern == "*") return true;
    const auto exact = topics_.find(pattern);
    if (exact != topics_.end()) return dropped(exact->second);
    if (forgotten_up_to_ > number) return true;
    if (!pattern.ends_with(".*")) return false;
    // The topics below it are adjacent in the map.
    auto below = topics_.upper_bound(std::string_view(pattern).substr(0, pattern.size() - 1));
    while (below != topics_.end() && matches(pattern, below->first) && !dropped(below->second))
      ++below;
    return below != topics_.end() && matches(pattern, below->first);
  });
}

history::replay::replay(history& of, const std::vector<std::string>& patterns, std::uint64_t after,
                        std::uint64_t last)
    : of_(of),
      patterns_(patterns),
      last_(last),
      newest_at_start_(of.events_.empty() ? after : of.events_.rbegin()->first),
      position_(after) {
  of.replays_.push_back(*this);
}

bool history::replay::wants(const topic& t, std::uint64_t number) const {
  return number > position_ && (last_ == 0 || t.events.count(number, newest_at_start_) < last_) &&
         matches_any(patterns_, t.name);
}

history::replay::page history::replay::next() {
  page result{{}, true};
  std::size_t checked_at = 0;
  std::size_t bytes = 0;
  for (auto e = of_.events_.upper_bound(position_); e != of_.events_.end(); ++e) {
    const bool is_wanted = wants(*e->second.of, e->first);
    if (is_wanted) bytes += e->second.what->text.size();
    // One event of any size fits: an empty send queue takes it.
    const bool is_full = bytes > of_.limits_.max_queue_bytes / 2 && !result.events.empty();
    if (checked_at++ == page_events || (is_wanted && is_full)) {
      result.is_last = false;
      break;
    }
    if (is_wanted) result.events.push_back(e->second.what);
    position_ = e->first;
  }
  return result;
}

}  // namespace ws_demo
