#include "ws_demo/history.hpp"

#include "ws_demo/topic.hpp"

#include <algorithm>
#include <utility>

namespace ws_demo {
namespace {

/// What an event costs beside its text, and a topic: nodes of the maps, counters.
constexpr std::size_t overhead_bytes = 192;

/// How many events a page looks at.
constexpr std::size_t page_events = 1000;

bool matches_any(const std::vector<std::string>& patterns, std::string_view topic) {
  return std::ranges::any_of(patterns, [topic](const auto& p) { return matches(p, topic); });
}

}  // namespace

bool history::has_room_for(const std::set<std::string_view>& names) const {
  const auto is_new = [this](std::string_view name) { return !topics_.contains(name); };
  const auto added = static_cast<std::size_t>(std::ranges::count_if(names, is_new));
  return topics_.size() + added <= std::max(limits_.max_topics_total, topics_.size());
}

void history::append(std::string_view topic_name, std::uint64_t number, shared_text text,
                     steady_clock::time_point now) {
  auto found = topics_.find(topic_name);
  if (found == topics_.end()) {
    found = topics_.emplace(topic_name, topic{}).first;
    found->second.name = found->first;
    found->second.dropped_up_to = forgotten_up_to_;
  }
  topic& t = found->second;
  entry& added = events_[number];
  added.of = &t;
  added.at = now;
  added.ordinal = t.taken++;
  bytes_ += text->size() + overhead_bytes;
  added.text = std::move(text);
  if (t.count++ == 0) {
    t.first = number;
  } else {
    entry& before = events_.at(t.last);
    before.next_of_topic = number;
    superseded_.push_back(before);
  }
  t.last = number;
  if (t.count > limits_.history_events) drop_oldest_of(t);
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
  const auto oldest = events_.find(t.first);
  bytes_ -= oldest->second.text->size() + overhead_bytes;
  t.dropped_up_to = t.first;
  t.first = oldest->second.next_of_topic;
  events_.erase(oldest);
  if (--t.count > 0) return;
  forgotten_up_to_ = std::max(forgotten_up_to_, t.dropped_up_to);
  topics_.erase(topics_.find(t.name));
}

bool history::has_gap(const std::vector<std::string>& patterns, std::uint64_t number) const {
  const auto dropped = [number](const topic& t) { return t.dropped_up_to > number; };
  return std::ranges::any_of(patterns, [&](const std::string& pattern) {
    const auto exact = topics_.find(pattern);
    if (exact != topics_.end()) return dropped(exact->second);
    return forgotten_up_to_ > number || std::ranges::any_of(topics_, [&](const auto& named) {
             return dropped(named.second) && matches(pattern, named.first);
           });
  });
}

history::page history::after(std::uint64_t number, const std::vector<std::string>& patterns,
                             std::uint64_t last) const {
  page result{{}, number, true};
  std::size_t looked_at = 0;
  std::size_t bytes = 0;
  for (auto e = events_.upper_bound(number); e != events_.end(); ++e) {
    // An outbox takes half of its limit, and one event of any size.
    if (looked_at++ == page_events || bytes > limits_.max_queue_bytes / 2) {
      result.is_last = false;
      break;
    }
    const topic& t = *e->second.of;
    const bool new_enough = last == 0 || t.taken - e->second.ordinal <= last;
    if (new_enough && matches_any(patterns, t.name)) {
      bytes += e->second.text->size();
      result.events.push_back(e->second.text);
    }
    result.up_to = e->first;
  }
  return result;
}

}  // namespace ws_demo
