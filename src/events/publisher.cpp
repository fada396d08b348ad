#include "events/publisher.hpp"

#include "common/text.hpp"
#include "events/topic.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace ws_demo {
namespace {

/// Of events that were appended together, beside them: a node here and in the log, and a handler.
constexpr std::size_t appended_bytes = 320;
/// Of each of them, what a log keeps beside its text.
constexpr std::size_t appended_event_bytes = 384;

publish_result::outcome outcome_of_failed(const event_log::result& r) {
  if (r.is_in_doubt) return publish_result::outcome::in_doubt;
  if (r.is_too_large) return publish_result::outcome::too_large;
  return publish_result::outcome::not_stored;
}

}  // namespace

std::size_t heap_bytes_of(const event_log::entry& e) {
  return heap_bytes_of(e.topic) + heap_bytes_of(e.payload) + heap_bytes_of(e.key);
}

std::string event_error(std::string_view topic, std::string_view payload, const options& limits) {
  if (!is_topic(topic))
    return fmt::format("'{}' is not a topic: 1 to {} letters, digits, '.', '_', '-' and '/'",
                       printable(topic), max_topic_bytes);
  if (payload.size() > limits.max_event_bytes)
    return fmt::format("the payload is over {} bytes", limits.max_event_bytes);
  return {};
}

std::size_t max_line_bytes(const options& limits) {
  constexpr std::size_t beside_payload_bytes = 1024;
  return limits.max_event_bytes + beside_payload_bytes;
}

std::variant<published_line, std::string> parse_event_line(std::string_view line,
                                                           const options& limits) {
  if (line.size() > max_line_bytes(limits))
    return fmt::format("the line is over {} bytes", max_line_bytes(limits));
  auto parsed = parse_published_line(line);
  if (const auto* event = std::get_if<published_line>(&parsed))
    if (auto wrong = event_error(event->topic, event->payload, limits); !wrong.empty())
      return wrong;
  return parsed;
}

publisher::publisher(executor on, const options& limits, hub& center, event_log& to,
                     metrics& counts, limited_log& log)
    : limits_(limits),
      center_(center),
      to_(to),
      counts_(counts),
      log_(log),
      on_(std::move(on)),
      in_log_memory_(&center.memory()),
      room_(on_) {}

publisher::turn::turn(publisher& of)
    : of_(of), granted_(of.on_), is_granted_(!std::exchange(of.turn_is_taken_, true)) {
  if (!is_granted_) of_.waiting_.push_back(*this);
}

// NOLINTNEXTLINE(bugprone-exception-escape): without memory for a handler, nothing goes on
publisher::turn::~turn() {
  if (!is_granted_) return;
  of_.turn_is_taken_ = !of_.waiting_.empty();
  if (!of_.turn_is_taken_) return;
  turn& next = of_.waiting_.front();
  of_.waiting_.pop_front();
  next.is_granted_ = true;
  next.granted_.set();
}

publisher::batch::batch(publisher& to) : to_(to), now_(std::make_shared<state>(to.on_)) {}

task<bool> publisher::batch::add(std::string_view topic, std::string_view payload, origin by,
                                 std::string_view key) {
  turn mine(to_);
  if (!mine.is_granted()) co_await mine.wait();
  if (!to_.stores_at_once()) {
    const bool has_room = co_await wait_for_room(by);
    if (!has_room) co_return false;
  }
  if (!add_now(topic, payload, by, key)) co_return false;
  co_await asio::post(to_.on_, no_throw);
  while (is_done() && to_.center_.has_pending_flushes() && !to_.stopped_)
    co_await asio::post(to_.on_, no_throw);
  co_return true;
}

task<bool> publisher::batch::add_all(std::vector<event_log::entry> events, std::size_t text_bytes,
                                     origin by) {
  turn mine(to_);
  if (!mine.is_granted()) co_await mine.wait();
  const bool has_room = co_await wait_for_room(by);
  if (!has_room) co_return false;
  if (to_.stopped_) co_return fail(publish_result::outcome::stopped);
  to_.append(std::move(events), text_bytes, std::nullopt, by.source, now_);
  co_return true;
}

bool publisher::batch::add_now(std::string_view topic, std::string_view payload, origin by,
                               std::string_view key) {
  if (to_.stopped_) return fail(publish_result::outcome::stopped);
  if (!to_.center_.past().has_room_for(topic)) {
    to_.refuse(topic, by.from);
    return fail(publish_result::outcome::no_room);
  }
  if (const auto done = to_.to_.append_now(topic, payload)) {
    to_.take_result(*now_, *done, by.source, 1);
    return true;
  }
  std::vector<event_log::entry> one(1);
  one.front() = {std::string(topic), std::string(payload), std::string(key)};
  const auto text_bytes = heap_bytes_of(one.front());
  to_.append(std::move(one), text_bytes, to_.center_.past().reserve_if_new(topic), by.source, now_);
  return true;
}

bool publisher::batch::fail(publish_result::outcome what) {
  if (now_->result) now_->result.what = what;
  return false;
}

task<publish_result> publisher::batch::wait() {
  while (!is_done()) co_await now_->changed.wait();
  co_return now_->result;
}

task<publish_result> publisher::publish(std::string_view topic, std::string_view payload, origin by,
                                        std::string_view key) {
  batch one(*this);
  const bool is_appended = co_await one.add(topic, payload, by, key);
  if (!is_appended || one.is_done()) co_return one.result();
  co_return co_await one.wait();
}

task<bool> publisher::batch::wait_for_room(origin by) {
  while (to_.is_full() && !to_.stopped_) {
    if (const auto log = to_.to_.state(); !log.failure.empty()) {
      event_log::result failed;
      failed.why = log.failure;
      to_.take_result(*now_, failed, by.source, 0);
      co_return false;
    }
    co_await to_.room_.wait();
  }
  co_return true;
}

void publisher::append(std::vector<event_log::entry> events, std::size_t text_bytes,
                       std::optional<history::reservation> room, std::string_view source,
                       const std::shared_ptr<batch::state>& for_batch) {
  const std::size_t bytes = appended_bytes + events.size() * appended_event_bytes +
                            heap_bytes(events.capacity() * sizeof(event_log::entry)) + text_bytes;
  const auto added = in_log_.insert(in_log_.end(), appended{.for_batch = for_batch,
                                                            .room = std::move(room),
                                                            .source = source,
                                                            .events = events.size(),
                                                            .bytes = bytes,
                                                            .at = steady_clock::now()});
  charge_in_log(in_log_memory_.bytes() + bytes);
  ++for_batch->pending;
  try {
    to_.append(std::move(events), [weak = std::weak_ptr(alive_), added](const auto& r) {
      if (const auto alive = weak.lock()) (*alive)->take_answer(added, r);
    });
  } catch (...) {
    remove(added);
    throw;
  }
}

void publisher::take_answer(appended_list::iterator to, const event_log::result& r) {
  const auto of = to->for_batch;
  take_result(*of, r, to->source, to->events);
  counts_.stored(steady_clock::now() - to->at);
  remove(to);
  room_.set();
  of->changed.set();
}

void publisher::remove(appended_list::iterator answered) {
  --answered->for_batch->pending;
  charge_in_log(in_log_memory_.bytes() - answered->bytes);
  in_log_.erase(answered);
}

void publisher::charge_in_log(std::size_t bytes) {
  in_log_memory_.set(bytes);
  counts_.event_log_bytes = bytes;
}

void publisher::take_result(batch::state& of, const event_log::result& r, std::string_view source,
                            std::size_t events) noexcept try {
  if (r.number > 0) {
    counts_.events_published[std::string(source)] += events;
    of.result.subscribers = r.subscribers;
    of.result.id = {center_.epoch(), r.number};
    return;
  }
  log_.refuse("log", source, r.why);
  if (of.result) of.result.what = outcome_of_failed(r);
  of.result.why = r.why;
} catch (const std::bad_alloc&) {
  ++counts_.log_lines_left_out;
}

std::optional<history::reservation> publisher::reserve(std::string_view topic,
                                                       std::string_view from) {
  auto reserved = center_.past().reserve(topic);
  if (!reserved) refuse(topic, from);
  return reserved;
}

void publisher::refuse(std::string_view topic, std::string_view from) {
  log_.refuse("topics", from, topic);
}

void publisher::stop() {
  stopped_ = true;
  room_.stop();
}

void publisher::skip_line(std::uint64_t number, std::string_view why) noexcept try {
  ++counts_.refused["line"];
  log_.write(spdlog::level::warn, "skipped", fmt::format("line={}: {}", number, why));
} catch (const std::bad_alloc&) {
  ++counts_.log_lines_left_out;
}

}  // namespace ws_demo
