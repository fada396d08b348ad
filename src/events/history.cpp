#include "events/history.hpp"

#include "events/topic.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace ws_demo {
namespace {

// What things cost beside their text on a 64-bit system, with what malloc adds.

/// Of an event, beside what it charges itself: the node by number, its number in the topic.
constexpr std::size_t event_overhead_bytes = 128;
/// Of an event in a pattern: a node of its set.
constexpr std::size_t event_in_prefix_bytes = 48;
/// Of a topic or a pattern, beside twice its name: the node, and what it refers to.
constexpr std::size_t topic_overhead_bytes = 144;
constexpr std::size_t prefix_overhead_bytes = 176;

/// How many events are dropped in one turn of the loop: about a millisecond.
constexpr int drops_per_turn = 500;

}  // namespace

history::history(const options& limits, memory_budget& memory)
    : limits_(limits), own_(&memory), forgotten_(limits, memory) {}

void history::numbers::pop_front() {
  ++dropped_;
  if (dropped_ < all_.size() / 2) return;  // erasing half at a time costs constant time each
  all_.erase(all_.begin(), all_.begin() + static_cast<std::ptrdiff_t>(dropped_));
  dropped_ = 0;
}

std::optional<std::uint64_t> history::numbers::first_after(std::uint64_t number) const {
  const auto found = std::upper_bound(begin(), all_.end(), number);
  if (found == all_.end()) return std::nullopt;
  return *found;
}

std::uint64_t history::numbers::last_before_newest(std::uint64_t count) const {
  return size() > count ? all_[all_.size() - count - 1] : 0;
}

std::uint64_t history::numbers::count(std::uint64_t above, std::uint64_t up_to) const {
  const auto first = std::upper_bound(begin(), all_.end(), above);
  return static_cast<std::uint64_t>(std::upper_bound(first, all_.end(), up_to) - first);
}

bool history::has_room_for(std::string_view topic_name) const {
  return topics_.size() < limits_.max_topics_total || topics_.contains(topic_name);
}

std::optional<history::reservation> history::reserve(std::string_view topic_name) {
  if (!has_room_for(topic_name)) return std::nullopt;
  topic& t = topic_named(topic_name);
  ++t.reservations;
  return reservation(*this, t);
}

std::optional<history::reservation> history::reserve_if_new(std::string_view topic_name) {
  if (topics_.contains(topic_name)) return std::nullopt;
  return reserve(topic_name);
}

history::reservation::~reservation() {
  if (!topic_) return;
  --topic_->reservations;
  in_->forget_if_unused(*topic_);
}

std::string_view history::reservation::topic_name() const {
  return topic_->name;
}

history::topic& history::topic_named(std::string_view topic_name) {
  if (const auto found = topics_.find(topic_name); found != topics_.end()) return found->second;
  const auto added = topics_.emplace(topic_name, topic{}).first;
  topic& t = added->second;
  t.name = added->first;
  t.dropped_up_to = forgotten_.take(t.name);
  add_own(topic_overhead_bytes + 2 * t.name.size());
  try {
    enter_prefixes(t);
  } catch (...) {
    forget_if_unused(t);
    throw;
  }
  return t;
}

void history::enter_prefixes(topic& t) {
  auto patterns = prefix_patterns_of(t.name);
  t.within.reserve(patterns.size());
  for (std::string& pattern : patterns) {
    const auto [of, is_new] = prefixes_.try_emplace(std::move(pattern));
    if (is_new) {
      add_own(prefix_overhead_bytes + 2 * of->first.size());
      of->second.dropped_up_to = forgotten_.take(of->first);
    }
    ++of->second.topics;
    t.within.push_back(of);
  }
}

void history::forget_if_unused(topic& t) {
  if (!t.events.empty() || t.reservations > 0) return;
  forgotten_.remember(t.name, t.dropped_up_to);
  for (const auto of : t.within) {
    if (--of->second.topics > 0) continue;
    forgotten_.remember(of->first, of->second.dropped_up_to);
    remove_own(prefix_overhead_bytes + 2 * of->first.size());
    prefixes_.erase(of);
  }
  remove_own(topic_overhead_bytes + 2 * t.name.size());
  topics_.erase(topics_.find(t.name));
}

void history::begin_after(std::uint64_t newest) {
  newest_ = newest;
  newest_dropped_ = gone_up_to_ = 0;
  forgotten_.clear();
  for (auto& [name, t] : topics_) t.dropped_up_to = 0;  // with room that is reserved
  for (auto& [pattern, of] : prefixes_) of.dropped_up_to = 0;
}

void history::set_gone(std::string_view topic_name, std::uint64_t number) {
  newest_ = std::max(newest_, number);
  newest_dropped_ = std::max(newest_dropped_, number);
  if (topic_name.empty()) {
    gone_up_to_ = std::max(gone_up_to_, number);
    return;
  }
  const auto note = [&](auto& known, std::string_view name) {
    if (const auto found = known.find(name); found != known.end())
      found->second.dropped_up_to = std::max(found->second.dropped_up_to, number);
    else
      forgotten_.remember(name, number);
  };
  note(topics_, topic_name);
  for (const auto& pattern : prefix_patterns_of(topic_name)) note(prefixes_, pattern);
}

void history::append(std::string_view topic_name, std::uint64_t number, shared_event e,
                     steady_clock::time_point now) {
  topic& t = topic_named(topic_name);
  try {
    append_to(t, number, std::move(e), now);
  } catch (...) {
    forget_if_unused(t);
    throw;
  }
  newest_ = std::max(newest_, number);
  if (t.events.size() > limits_.history_events) drop_oldest_of(t);
  for (int dropped = 0; dropped < drops_per_turn && is_too_large(); ++dropped) drop_first();
}

void history::append_to(topic& t, std::uint64_t number, shared_event e,
                        steady_clock::time_point now) {
  entry* const newest_before = t.events.empty() ? nullptr : &events_.at(t.events.last());
  t.events.push_back(number);
  try {
    for (const auto of : t.within) of->second.events.insert(of->second.events.end(), number);
    entry& added = events_.emplace_hint(events_.end(), number, entry{})->second;
    added.of = &t;
    added.at = now;
    added.what = std::move(e);
    event_bytes_ += added.what->memory.bytes();
    add_own(own_bytes_of(added));
  } catch (...) {
    for (const auto of : t.within) of->second.events.erase(number);
    t.events.pop_back();
    throw;
  }
  if (newest_before) superseded_.push_back(*newest_before);
}

bool history::expire(steady_clock::time_point now) {
  const auto is_expired = [&] {
    return !events_.empty() && events_.begin()->second.at + limits_.history_age < now;
  };
  for (int dropped = 0; dropped < drops_per_turn; ++dropped) {
    if (is_expired())
      drop_oldest_of(*events_.begin()->second.of);
    else if (is_too_large())
      drop_first();
    else
      return false;
  }
  return true;
}

bool history::is_too_large() const {
  return !events_.empty() && bytes() > std::min(limits_.history_bytes, own_.budget()->limit() / 2);
}

bool history::drop_some() {
  const bool has_some = !events_.empty();
  for (int dropped = 0; dropped < drops_per_turn && !events_.empty(); ++dropped) drop_first();
  return has_some;
}

void history::drop_first() {
  drop_oldest_of(superseded_.empty() ? *events_.begin()->second.of : *superseded_.front().of);
}

void history::drop_oldest_of(topic& t) {
  const auto oldest = events_.find(t.events.first());
  const auto number = oldest->first;
  event_bytes_ -= oldest->second.what->memory.bytes();
  remove_own(own_bytes_of(oldest->second));
  t.dropped_up_to = std::max(t.dropped_up_to, number);
  newest_dropped_ = std::max(newest_dropped_, number);
  if (on_dropped_) on_dropped_(t.name, number);
  for (const auto of : t.within) {
    of->second.events.erase(number);
    of->second.dropped_up_to = std::max(of->second.dropped_up_to, number);
  }
  events_.erase(oldest);
  t.events.pop_front();
  forget_if_unused(t);
}

std::size_t history::own_bytes_of(const entry& e) {
  return event_overhead_bytes + event_in_prefix_bytes * e.of->within.size();
}

std::uint64_t history::dropped_up_to(std::string_view pattern) const {
  if (pattern == "*") return newest_dropped_;
  if (is_prefix_pattern(pattern)) {
    const auto of = prefixes_.find(pattern);
    return of == prefixes_.end() ? forgotten_.newest(pattern) : of->second.dropped_up_to;
  }
  const auto t = topics_.find(pattern);
  return t == topics_.end() ? forgotten_.newest(pattern) : t->second.dropped_up_to;
}

bool history::has_gap(const std::vector<std::string>& patterns, std::uint64_t number) const {
  if (newest_dropped_ <= number) return false;
  return gone_up_to_ > number || std::ranges::any_of(patterns, [&](const auto& pattern) {
           return dropped_up_to(pattern) > number;
         });
}

std::optional<std::uint64_t> history::first_after(std::string_view pattern,
                                                  std::uint64_t number) const {
  if (pattern == "*") {
    const auto e = events_.upper_bound(number);
    return e == events_.end() ? std::nullopt : std::optional(e->first);
  }
  if (is_prefix_pattern(pattern)) {
    const auto of = prefixes_.find(pattern);
    if (of == prefixes_.end()) return std::nullopt;
    const auto found = of->second.events.upper_bound(number);
    return found == of->second.events.end() ? std::nullopt : std::optional(*found);
  }
  const auto t = topics_.find(pattern);
  return t == topics_.end() ? std::nullopt : t->second.events.first_after(number);
}

std::uint64_t history::last_before_newest(std::string_view topic_name, std::uint64_t count) const {
  const auto t = topics_.find(topic_name);
  return t == topics_.end() ? 0 : t->second.events.last_before_newest(count);
}

}  // namespace ws_demo
