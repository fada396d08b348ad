#include "events/subscription.hpp"

#include "common/memory_budget.hpp"
#include "common/text.hpp"
#include "events/topic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace ws_demo {
namespace {

constexpr std::size_t max_epoch_bytes = 32;

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [rest, error] = std::from_chars(begin, end, number);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return number;
}

/// Applies one `name=value` of the query. Returns what is wrong with it; empty if nothing is.
/// @param known the patterns that the subscription has
std::string take(subscription& s, std::set<std::string>& known, std::string_view name,
                 const std::string& value) {
  if (name == "topic") {
    if (!is_pattern(value)) return fmt::format("'{}' is not a topic.", printable(value));
    if (known.insert(value).second) s.patterns.push_back(value);
  } else if (name == "since") {
    s.since = parse_event_id(value);
    if (!s.since) return "since must be the id of an event.";
  } else if (name == "last") {
    const auto number = parse_number(value);
    if (!number) return "last must be a whole number.";
    s.last = *number;
  }
  return {};
}

}  // namespace

std::string to_string(const event_id& id) {
  return id.epoch + ":" + std::to_string(id.number);
}

std::optional<event_id> parse_event_id(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == 0 || colon > max_epoch_bytes) return std::nullopt;
  const auto number = parse_number(text.substr(colon + 1));
  if (!number) return std::nullopt;
  return event_id{std::string(text.substr(0, colon)), *number};
}

void set_patterns(subscription& s, std::vector<std::string> patterns) {
  s.patterns = std::move(patterns);
  s.random = std::ranges::find(s.patterns, random_topic) != s.patterns.end();
}

bool asks_for_published(const subscription& s) {
  return s.since || s.last > 0 ||
         std::ranges::any_of(s.patterns, [](const auto& p) { return p != random_topic; });
}

std::size_t heap_bytes_of(const subscription& s) {
  std::size_t bytes = heap_bytes(s.patterns.capacity() * sizeof(std::string));
  for (const auto& pattern : s.patterns) bytes += heap_bytes_of(pattern);
  return bytes;
}

std::variant<subscription, std::string> parse_subscription(std::string_view target,
                                                           std::size_t max_topics) {
  subscription result;
  std::set<std::string> known;
  const auto question = target.find('?');
  std::string_view query = question < target.size() ? target.substr(question + 1) : "";
  while (!query.empty()) {
    const auto field = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(field.size() + 1, query.size()));
    const auto equals = std::min(field.find('='), field.size());
    const auto value = percent_decoded(field.substr(std::min(equals + 1, field.size())));
    if (!value) return "The query is not well-formed.";
    if (auto wrong = take(result, known, field.substr(0, equals), *value); !wrong.empty())
      return wrong;
    if (result.patterns.size() > max_topics)
      return fmt::format("At most {} topics can be subscribed to.", max_topics);
  }
  if (result.since && result.last > 0) return "since and last exclude each other.";
  if (result.patterns.empty()) result.patterns.emplace_back(random_topic);
  set_patterns(result, std::move(result.patterns));
  return result;
}

}  // namespace ws_demo
