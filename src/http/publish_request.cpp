#include "http/publish_request.hpp"

#include "common/memory_budget.hpp"
#include "events/history.hpp"
#include "events/json_text.hpp"
#include "events/topic_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace ws_demo {
namespace {

namespace http = boost::beast::http;

constexpr std::string_view source = "http";

/// How much of a body is parsed, and how many of its lines are given up, when it is its turn: about
/// a tenth of a millisecond. A longer event is one slice.
constexpr std::size_t bytes_per_turn = std::size_t{4} << 10;
constexpr int lines_freed_per_turn = 125;

response published(const event_id& last, std::string_view more) {
  return make_answer(http::status::ok, "application/json",
                     std::make_shared<const std::string>(
                         fmt::format(R"({{"id":"{}",{}}})", to_string(last), more)));
}

response shutting_down() {
  return error_response(http::status::service_unavailable, "The server is shutting down.");
}

response in_doubt(std::string_view why) {
  return error_response(
      http::status::gateway_timeout,
      fmt::format("It is not known whether the event log has stored this: {}.", why));
}

response not_stored(std::string_view why) {
  auto answer = error_response(http::status::service_unavailable,
                               fmt::format("The event log has failed: {}.", why));
  answer.set(http::field::retry_after, "5");
  return answer;
}

response too_large(std::string_view why) {
  return error_response(http::status::payload_too_large,
                        fmt::format("The event log does not take this: {}.", why));
}

response short_of_memory() {
  auto answer = error_response(http::status::service_unavailable,
                               "The server is short of memory (see --max-memory).");
  answer.set(http::field::retry_after, "5");
  return answer;
}

response no_room() {
  return error_response(http::status::insufficient_storage,
                        "The server has as many topics as it keeps (see --max-topics-total).");
}

response failure(const publish_result& r) {
  switch (r.what) {
    case publish_result::outcome::no_room:
      return no_room();
    case publish_result::outcome::not_stored:
      return not_stored(r.why);
    case publish_result::outcome::too_large:
      return too_large(r.why);
    case publish_result::outcome::in_doubt:
      return in_doubt(r.why);
    case publish_result::outcome::stopped:
    case publish_result::outcome::published:
      break;
  }
  return shutting_down();
}

task<response> publish_one(const publish_request& request, std::string_view body, publisher& to,
                           std::string_view from, round_robin& turns) {
  if (body.size() > bytes_per_turn) co_await turns.async_turn(no_throw);
  if (const auto wrong = json_error(body))
    co_return error_response(http::status::bad_request, "The body is not JSON: " + *wrong);
  const auto result =
      co_await to.publish(request.topic, trimmed_json(body), {source, from}, request.key);
  if (!result) co_return failure(result);
  co_return published(result.id, fmt::format(R"("subscribers":{})", result.subscribers));
}

/// An event of a body with one a line.
struct line {
  history::reservation room;  // which has the topic
  std::string_view payload;
};

/// In the order of the body. Charged as it grows.
struct bulk {
  std::deque<line> lines;
  memory_charge memory;
  memory_charge copied;  // what copy_events() made, until it is appended
};

/// Reads the events of all lines that are not empty, and reserves room for them. In slices, because
/// a large body takes longer than others should wait.
/// @returns the answer, if one of them is invalid, or none can be published
task<std::optional<response>> parse_lines(std::string_view body,
                                          const std::vector<std::string>& allowed, publisher& to,
                                          std::string_view from, bulk& into, round_robin& turns) {
  const auto invalid = [](std::string_view why) {
    return error_response(http::status::bad_request, why);
  };
  const topic_set may_be_published(allowed);
  std::size_t bytes = body.size();
  for (std::size_t number = 1; !body.empty(); ++number) {
    const auto text = body.substr(0, body.find('\n'));
    body.remove_prefix(std::min(text.size() + 1, body.size()));
    bytes += text.size() + 1;
    if (bytes > bytes_per_turn) {
      bytes = 0;
      into.memory.set(into.lines.size() * sizeof(line));
      co_await turns.async_turn(no_throw);
      if (to.stopped()) co_return shutting_down();
      if (to.memory().is_exceeded()) co_return short_of_memory();
    }
    if (trimmed_json(text).empty()) continue;
    const auto parsed = parse_event_line(text, to.limits());
    if (const auto* wrong = std::get_if<std::string>(&parsed))
      co_return invalid(fmt::format("Line {}: {}.", number, *wrong));
    const auto& event = std::get<published_line>(parsed);
    if (!may_be_published.includes(event.topic))
      co_return error_response(
          http::status::forbidden,
          fmt::format("Line {}: publishing on {} is not allowed.", number, event.topic));
    auto room = to.reserve(event.topic, from);
    if (!room) co_return no_room();
    into.lines.push_back({*std::move(room), event.payload});
  }
  if (into.lines.empty()) co_return invalid("The body has no events.");
  co_return std::nullopt;
}

struct copied_events {
  std::vector<event_log::entry> all;
  std::size_t text_bytes = 0;
};

/// In slices, as they were parsed.
/// @param key of the bulk, which gives each event its own; empty for none
task<copied_events> copy_events(bulk& from_body, const std::string& key, round_robin& turns) {
  copied_events events;
  events.all.reserve(from_body.lines.size());
  from_body.copied.set(heap_bytes(events.all.capacity() * sizeof(event_log::entry)));
  std::size_t bytes = 0;
  for (const line& next : from_body.lines) {
    // No publisher's own key has a space.
    auto own_key = key.empty() ? std::string() : fmt::format("{} {}", key, events.all.size());
    events.all.push_back(
        {std::string(next.room.topic_name()), std::string(next.payload), std::move(own_key)});
    const auto more = heap_bytes_of(events.all.back());
    events.text_bytes += more;
    bytes += more;
    if (bytes < bytes_per_turn) continue;
    from_body.copied.set(from_body.copied.bytes() + std::exchange(bytes, 0));
    co_await turns.async_turn(no_throw);
  }
  co_return events;
}

task<response> publish_all(bulk& from_body, const std::string& key, publisher& to,
                           std::string_view from, round_robin& turns) {
  const auto count = from_body.lines.size();
  publisher::batch all(to);
  if (to.stores_at_once()) {
    for (const line& next : from_body.lines) {
      const bool is_appended =
          co_await all.add(next.room.topic_name(), next.payload, {source, from});
      if (!is_appended) break;
    }
  } else {
    auto events = co_await copy_events(from_body, key, turns);
    co_await all.add_all(std::move(events.all), events.text_bytes, {source, from});
    from_body.copied.set(0);
  }
  const auto result = co_await all.wait();
  if (!result) co_return failure(result);
  co_return published(result.id, fmt::format(R"("count":{})", count));
}

task<response> publish_lines(const publish_request& request, std::string_view body, publisher& to,
                             std::string_view from, round_robin& turns) {
  bulk parsed{{}, memory_charge(&to.memory()), memory_charge(&to.memory())};
  auto answer = co_await parse_lines(body, request.allowed, to, from, parsed, turns);
  if (!answer) answer = co_await publish_all(parsed, request.key, to, from, turns);
  while (!parsed.lines.empty()) {
    co_await turns.async_turn(no_throw);
    for (int freed = 0; freed < lines_freed_per_turn && !parsed.lines.empty(); ++freed)
      parsed.lines.pop_front();
  }
  co_return *std::move(answer);
}

}  // namespace

std::size_t max_body_bytes(const publish_request& request, const options& limits) {
  return request.topic.empty() ? limits.max_bulk_bytes : limits.max_event_bytes;
}

task<response> publish(const publish_request& request, std::string_view body, publisher& to,
                       std::string_view from, round_robin& turns) {
  if (request.topic.empty()) return publish_lines(request, body, to, from, turns);
  return publish_one(request, body, to, from, turns);
}

}  // namespace ws_demo
