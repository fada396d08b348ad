#include "events/hub.hpp"

#include "events/event.hpp"
#include "events/topic.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <memory>
#include <random>
#include <utility>

namespace ws_demo {

namespace {

/// How many subscribers are flushed in one turn of the loop: a millisecond or two.
constexpr int flushes_per_turn = 128;

}  // namespace

hub::hub(const executor& on, const options& limits, memory_budget& memory)
    : on_(on),
      memory_(memory),
      past_(limits, memory),
      epoch_(fmt::format("{:08x}", std::random_device{}())),
      flush_needed_(on) {}

hub::receipt hub::publish(std::string_view topic, std::string_view payload) {
  receipt result{{epoch_, ++number_}, 0};
  auto id = to_string(result.id);
  auto text = published_event_text(topic, payload, id);
  const auto patterns = prefix_patterns_of(topic);
  const auto published = make_event(std::move(text), std::move(id), &memory_);
  past_.append(topic, number_, published, steady_clock::now());

  result.subscribers = deliver(published, topic) + deliver(published, "*");
  for (const auto& pattern : patterns) result.subscribers += deliver(published, pattern);
  flush_some();
  if (has_pending_flushes()) flush_needed_.set();
  return result;
}

std::size_t hub::deliver(const shared_event& e, std::string_view to_pattern) {
  const auto found = places_.find(to_pattern);
  if (found == places_.end()) return 0;
  std::size_t delivered = 0;
  const auto now = steady_clock::now();
  for (const place& p : found->second) {
    if (std::exchange(p.of->newest, number_) == number_) continue;
    p.of->sink.enqueue(e, now);
    if (!p.of->sink.is_linked()) pending_flush_.push_back(p.of->sink);
    ++delivered;
  }
  return delivered;
}

void hub::flush_some() {
  for (int flushed = 0; flushed < flushes_per_turn && has_pending_flushes(); ++flushed) {
    event_sink& next = pending_flush_.front();
    pending_flush_.pop_front();
    next.flush();
  }
}

task<void> hub::flush_pending() {
  while (!flush_needed_.stopped()) {
    co_await flush_needed_.wait();
    while (has_pending_flushes()) {
      co_await asio::post(on_, no_throw);
      flush_some();
    }
  }
}

hub::membership::membership(hub& of, event_sink& sink, const std::vector<std::string>& patterns)
    : of_(of),
      member_{sink},
      entries_(patterns.size()),
      memory_(&of.memory_, heap_bytes(patterns.size() * sizeof(entry))) {
  std::size_t found = 0;
  try {
    for (; found < patterns.size(); ++found) {
      const auto [list, is_new] = of_.places_.try_emplace(patterns[found]);
      if (is_new) of_.memory_.charge(node_bytes(*list));
      entries_[found].list = list;
    }
  } catch (...) {
    entries_.resize(found);
    forget_empty_lists();
    throw;
  }
  for (auto& e : entries_) {
    e.here.of = &member_;
    e.list->second.push_back(e.here);
  }
}

hub::membership::~membership() {
  for (auto& e : entries_) e.list->second.erase(places::s_iterator_to(e.here));
  forget_empty_lists();
}

void hub::membership::forget_empty_lists() {
  for (const auto& e : entries_) {
    if (!e.list->second.empty()) continue;
    of_.memory_.release(node_bytes(*e.list));
    of_.places_.erase(e.list);
  }
}

/// Of the list of a pattern: a node of a map.
std::size_t hub::node_bytes(const places_by_pattern::value_type& pattern) {
  constexpr std::size_t links_bytes = 32;
  return heap_bytes(links_bytes + sizeof pattern) + heap_bytes_of(pattern.first);
}

std::string hub::gap_before(const subscription& wanted) const {
  if (!wanted.since) return {};
  if (wanted.since->epoch != epoch_) return "the server was started anew since";
  if (wanted.since->number > number_) return "there has been no such event";
  if (past_.has_gap(wanted.patterns, wanted.since->number))
    return "the history does not reach back to it";
  return {};
}

replay hub::replay_for(const subscription& wanted) const {
  const bool is_known =
      wanted.since && wanted.since->epoch == epoch_ && wanted.since->number <= number_;
  return {past_, wanted.patterns, is_known ? wanted.since->number : 0, wanted.last};
}

}  // namespace ws_demo
