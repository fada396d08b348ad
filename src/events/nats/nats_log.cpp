#include "events/nats/nats_log.hpp"

#include "events/epoch.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <new>
#include <utility>
#include <variant>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

/// When another reason for the same failure is logged.
constexpr auto told_again_after = std::chrono::seconds(5);

/// After which something that had no memory is tried again.
constexpr auto memory_retry_delay = 10ms;
/// How often it is looked for events that have waited too long.
constexpr auto overdue_interval = 100ms;
/// Reports that are taken in one turn of the loop, where no subscriber has to be served, and events
/// that are published or given up: about a tenth of a millisecond.
constexpr int steps_per_turn = 64;

}  // namespace

nats_log::nats_log(const executor& on, const options& o, limited_log& lines)
    : on_(on),
      options_(o),
      lines_(lines),
      own_keys_("ws-demo-" + random_epoch() + random_epoch() + "-"),
      failure_("NATS has not answered yet"),
      reported_(std::make_shared<thread_signal>(on)),
      overdue_(on),
      session_(o, [signal = reported_] { signal->notify(); }) {
  state_.is_filled = false;
  state_.failed_at = steady_clock::now();
}

event_log::condition nats_log::state() const {
  condition now = state_;
  now.failure = failure_;
  const auto newest = session_.newest();
  now.behind = newest > delivered_ ? newest - delivered_ : 0;
  return now;
}

void nats_log::append(std::vector<entry> events, handler done) {
  const auto added = std::make_shared<job>();
  added->events = std::move(events);
  added->done = std::move(done);
  added->overdue_at = steady_clock::now() + options_.nats_timeout;
  const bool is_first = waiting_.empty();
  waiting_.push_back(added);
  try {
    if (!is_first || publish_some()) reported_->notify();
  } catch (const std::bad_alloc&) {
    reported_->notify();  // run() tries again
  }
}

/// The next events of the job that waits longest.
bool nats_log::publish_some() {
  if (waiting_.empty()) return false;
  const auto of = waiting_.front();
  arm_timer();
  for (int n = 0; n < steps_per_turn && of->begun < of->events.size(); ++n) {
    entry& e = of->events[of->begun];
    const auto ticket = tickets_ + 1;
    const auto key = e.key.empty() ? own_keys_ + std::to_string(ticket) : e.key;
    publish_window::publication_list one;
    one.push_back(std::make_shared<const publish_window::publication>(
        ticket, jetstream::subject_of(options_.nats_stream, e.topic), e.payload, key));
    pending next{.of = of, .what = one.front()};
    const auto added = pending_.emplace(ticket, std::move(next)).first;
    try {
      if (!e.key.empty()) by_key_.emplace(key, ticket);
    } catch (...) {
      pending_.erase(added);
      throw;
    }
    session_.publish(one);
    tickets_ = ticket;
    ++of->begun;
    e = {};
  }
  if (of->begun == of->events.size()) waiting_.pop_front();
  return !waiting_.empty();
}

task<void> nats_log::run() {
  timer retry(on_);
  for (;;) {
    const bool has_ended = session_.has_ended();
    bool has_memory = true;
    try {
      const bool has_reports = take_some_reports();
      const bool has_events = publish_some();
      const bool has_overdue = give_up_some();
      if (has_reports || has_events || has_overdue)
        co_await yield();
      else if (has_ended && pending_.empty())
        co_return;
      else
        co_await reported_->wait();
    } catch (const std::bad_alloc&) {
      has_memory = false;
    }
    if (has_memory) continue;
    retry.expires_after(memory_retry_delay);
    co_await retry.async_wait(no_throw);
  }
}

bool nats_log::take_some_reports() {
  if (reports_.empty()) session_.take_reports(reports_);
  has_delivered_ = false;
  const auto may_go_on = [this] { return !has_delivered_ && !reader_->is_busy(); };
  for (int n = 0; n < steps_per_turn && !reports_.empty() && may_go_on(); ++n) {
    const auto& next = reports_.front();
    if (std::holds_alternative<nats_report::began>(next) && leave_stream_some()) return true;
    std::visit([this](const auto& r) { take(r); }, next);
    reports_.pop_front();
  }
  return !reports_.empty() || reader_->is_busy();
}

/// Before another stream begins: what was read of this one goes, and nobody will know more of what
/// was stored in it and has not come back.
bool nats_log::leave_stream_some() {
  if (!has_begun_) return false;
  if (reader_->discard_some()) return true;
  int settled = 0;
  for (auto next = pending_.begin(); next != pending_.end();) {
    const auto which = next++;
    if (which->second.number == 0) continue;
    if (++settled > steps_per_turn) return true;
    settle_failed(which, "the stream began anew", /*is_in_doubt=*/true);
  }
  return false;
}

/// Until those subscribers that keep up have what was given.
task<void> nats_log::yield() {
  co_await asio::post(on_, no_throw);
  while (reader_->is_busy() && !is_stopped_) co_await asio::post(on_, no_throw);
}

void nats_log::stop() {
  is_stopped_ = true;
  session_.stop();
  reported_->notify();
}

void nats_log::take(const nats_report::began& r) {
  state_.is_filled = false;
  reader_->begin(r.epoch, r.newest);
  if (r.newest > 0) reader_->gone({}, r.newest);
  delivered_ = r.newest;
  if (std::exchange(has_begun_, true))
    lines_.write(spdlog::level::warn, "event log began anew:", fmt::format("epoch={}", r.epoch));
}

void nats_log::take(const nats_report::missed& r) {
  reader_->gone({}, r.up_to);
  delivered_ = std::max(delivered_, r.up_to);
}

void nats_log::take(const nats_report::event& r) {
  std::size_t subscribers = 0;
  if (r.number > delivered_) subscribers = reader_->take({r.number, r.topic, r.payload, r.at});
  delivered_ = r.number;
  has_delivered_ = subscribers > 0;
  if (r.key.starts_with(own_keys_)) {
    std::uint64_t ticket = 0;
    std::from_chars(r.key.data() + own_keys_.size(), r.key.data() + r.key.size(), ticket);
    if (const auto own = pending_.find(ticket); own != pending_.end())
      settle_stored(own, r.number, subscribers);
  } else if (!r.key.empty()) {
    for (auto own = by_key_.find(r.key); own != by_key_.end(); own = by_key_.find(r.key))
      settle_stored(pending_.find(own->second), r.number, subscribers);
  }
}

void nats_log::take(const nats_report::skipped& r) {
  delivered_ = r.number;
  lines_.refuse("event", "nats", fmt::format("{}: {}", r.subject, r.why));
}

void nats_log::take(const nats_report::filled& /*r*/) {
  state_.is_filled = true;
  lines_.write(spdlog::level::info, "event log read", fmt::format("up to event {}", delivered_));
}

void nats_log::take(const nats_report::answered& r) {
  const auto which = pending_.find(r.ticket);
  if (which == pending_.end()) return;
  if (r.place.number == 0)
    settle_failed(which, r.why, r.is_in_doubt, r.is_too_large);
  else if (r.place.is_duplicate && r.place.number <= delivered_)
    settle_stored(which, r.place.number, 0);  // it has come back already, from another publisher
  else
    which->second.number = r.place.number;
}

void nats_log::take(const nats_report::failed& r) {
  // One line when it goes, and one more where another reason keeps it away.
  const bool is_new =
      !std::exchange(is_failure_told_, true) ||
      (r.why != failure_ && steady_clock::now() > state_.failed_at + told_again_after);
  if (is_new) lines_.write(spdlog::level::warn, "event log is away:", r.why);
  if (failure_.empty()) state_.failed_at = steady_clock::now();
  failure_ = r.why;
}

void nats_log::take(const nats_report::works& r) {
  const bool is_first = !std::exchange(has_worked_, true);
  lines_.write(spdlog::level::info, is_first ? "event log connected" : "event log is back",
               fmt::format("server={} stream={}", r.server, options_.nats_stream));
  if (!is_first) ++state_.reconnects;
  is_failure_told_ = false;
  failure_.clear();
}

void nats_log::arm_timer() {
  if (overdue_.expiry() > steady_clock::now()) return;
  overdue_.expires_after(overdue_interval);
  overdue_.async_wait([signal = reported_](error_code) { signal->notify(); });
}

/// What has waited too long, or waits in vain.
bool nats_log::give_up_some() {
  const bool is_vain = session_.has_ended() || (is_stopped_ && !failure_.empty());
  const auto now = steady_clock::now();
  const auto is_due = [&](const pending& p) { return is_vain || p.of->overdue_at <= now; };
  for (int n = 0; !pending_.empty() && is_due(pending_.begin()->second); ++n) {
    if (n == steps_per_turn) return true;
    give_up(pending_.begin());
  }
  if (!pending_.empty()) arm_timer();
  return false;
}

void nats_log::give_up(pending_map::iterator which) {
  const auto number = which->second.number;
  if (number > delivered_) {
    settle_stored(which, number, 0);
    return;
  }
  const auto fate = session_.withdraw(which->first);
  settle_failed(which, failure_.empty() ? "NATS did not answer in time" : failure_,
                fate != publish_window::fate::not_stored);
}

void nats_log::settle_stored(pending_map::iterator which, std::uint64_t number,
                             std::size_t subscribers) {
  job& of = *which->second.of;
  of.has_stored = true;
  if (number > of.last.number) {
    of.last.number = number;
    of.last.subscribers = subscribers;
  }
  settle(which);
}

void nats_log::settle_failed(pending_map::iterator which, std::string_view why, bool is_in_doubt,
                             bool is_too_large) {
  job& of = *which->second.of;
  if (!of.is_too_large) of.why = why;
  of.is_too_large = of.is_too_large || is_too_large;
  of.is_in_doubt = of.is_in_doubt || is_in_doubt;
  settle(which);
}

void nats_log::settle(pending_map::iterator which) {
  const auto of = which->second.of;
  if (of->settled + 1 == of->events.size() && !of->why.empty() && of->has_stored) {
    of->is_in_doubt = true;
    of->why.insert(0, "only some of the events are stored, of the others: ");
  }
  session_.withdraw(which->first);
  const auto [begin, end] = by_key_.equal_range(which->second.what->key);
  const auto own = std::find_if(
      begin, end, [ticket = which->first](const auto& of_key) { return of_key.second == ticket; });
  if (own != end) by_key_.erase(own);
  pending_.erase(which);
  if (++of->settled < of->events.size()) return;
  if (!of->why.empty()) of->last = {0, 0, of->why, of->is_in_doubt, of->is_too_large};
  if (const auto done = std::exchange(of->done, nullptr)) done(of->last);
}

}  // namespace ws_demo
