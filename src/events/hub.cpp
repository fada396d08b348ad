#include "events/hub.hpp"

#include "events/event.hpp"
#include "events/topic.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <new>
#include <utility>

namespace ws_demo {

namespace {

/// How many subscribers are flushed in one turn of the loop: a millisecond or two.
constexpr int flushes_per_turn = 128;

/// Why a subscriber gets a gap whose events are of another epoch.
constexpr std::string_view began_anew = "the event log began anew since";

/// The clock of the system may have been set since.
steady_clock::duration age_of(const event_log::event& e) {
  const auto age = std::chrono::system_clock::now() - e.at;
  return std::max<steady_clock::duration>(age, steady_clock::duration::zero());
}

}  // namespace

hub::hub(const executor& on, const options& limits, memory_budget& memory)
    : on_(on), memory_(memory), past_(limits, memory), flush_needed_(on) {}

void hub::begin(std::string epoch, std::uint64_t newest) {
  const auto gap = make_notice(began_anew, {epoch, newest});
  epoch_ = std::move(epoch);
  number_ = newest;
  past_.begin_after(newest);
  if (std::exchange(has_begun_, true)) tell(gap, /*all=*/true);
}

void hub::gone(std::string_view topic, std::uint64_t number) {
  past_.set_gone(topic, number);
  if (number <= number_) return;
  const auto gap = make_notice("the log did not reach back to what followed", {epoch_, number});
  number_ = number;
  tell(gap, /*all=*/false);
}

hub::gap_notice hub::make_notice(std::string_view reason, const event_id& at) const {
  const auto id = to_string(at);
  return {make_event(gap_event_text(reason, id), id, &memory_),
          make_event(recovered_event_text(0, id), id, &memory_)};
}

/// Each once, though two patterns may be of one subscriber. Who gets only random events is not
/// told.
void hub::tell(const gap_notice& notice, bool all) {
  constexpr auto untold = std::numeric_limits<std::uint64_t>::max();
  for (auto& [pattern, list] : places_)
    for (const place& p : list)
      if (all || p.of->newest < number_) p.of->newest = untold;
  const auto now = steady_clock::now();
  for (auto& [pattern, list] : places_)
    for (const place& p : list) {
      if (p.of->newest != untold || pattern == random_topic) continue;
      give(notice.gap, *p.of, now);
      give(notice.end, *p.of, now);
    }
  if (const auto random = places_.find(random_topic); random != places_.end())
    for (const place& p : random->second)
      if (p.of->newest == untold) p.of->newest = number_;
  flush_some();
  flush_rest();
}

void hub::give(const shared_event& e, member& to, steady_clock::time_point now) {
  to.newest = number_;
  to.sink.enqueue(e, now);
  if (!to.sink.is_linked()) pending_flush_.push_back(to.sink);
}

std::size_t hub::take(const event_log::event& e) {
  auto id = to_string(event_id{epoch_, e.number});
  auto text = published_event_text(e.topic, e.payload, id);
  const auto patterns = prefix_patterns_of(e.topic);
  const auto published = make_event(std::move(text), std::move(id), &memory_);
  const auto now = steady_clock::now();
  past_.append(e.topic, e.number, published, now - age_of(e));
  number_ = std::max(number_, e.number);

  std::size_t subscribers = deliver(published, e.topic, now) + deliver(published, "*", now);
  for (const auto& pattern : patterns) subscribers += deliver(published, pattern, now);
  flush_some();
  flush_rest();
  return subscribers;
}

std::size_t hub::deliver(const shared_event& e, std::string_view to_pattern,
                         steady_clock::time_point now) {
  const auto found = places_.find(to_pattern);
  if (found == places_.end()) return 0;
  std::size_t delivered = 0;
  for (const place& p : found->second) {
    if (p.of->newest >= number_) continue;
    give(e, *p.of, now);
    ++delivered;
  }
  return delivered;
}

void hub::flush_rest() noexcept try {
  if (has_pending_flushes()) flush_needed_.set();
} catch (const std::bad_alloc&) {
  return;  // it is asked for again
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

hub::membership::membership(hub& of, event_sink& sink, const std::vector<std::string>& patterns,
                            std::uint64_t after)
    : of_(of),
      member_{sink, after},
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
  if (wanted.since->epoch != epoch_) return std::string(began_anew);
  if (!may_know(wanted.since->number)) return "there has been no such event";
  if (past_.has_gap(wanted.patterns, wanted.since->number))
    return "the history does not reach back to it";
  return {};
}

replay hub::replay_for(const subscription& wanted) const {
  const bool is_known =
      wanted.since && wanted.since->epoch == epoch_ && may_know(wanted.since->number);
  return {past_, wanted.patterns, is_known ? wanted.since->number : 0, wanted.last};
}

}  // namespace ws_demo
