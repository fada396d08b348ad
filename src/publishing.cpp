#include "ws_demo/publishing.hpp"

#include "ws_demo/json_text.hpp"
#include "ws_demo/text.hpp"
#include "ws_demo/topic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace ws_demo {
namespace {

namespace http = boost::beast::http;

response published(const hub::receipt& last, std::string_view more) {
  return make_answer(http::status::ok, "application/json",
                     std::make_shared<const std::string>(
                         fmt::format(R"({{"id":"{}",{}}})", to_string(last.id), more)));
}

response no_room() {
  return refusal(http::status::insufficient_storage,
                 "There are as many topics as the server keeps: see --max-topics-total.");
}

response publish_one(const std::string& topic, std::string_view body, hub& center,
                     metrics& counts) {
  if (const auto wrong = json_error(body))
    return refusal(http::status::bad_request, "This is not JSON: " + *wrong);
  const auto receipt = center.publish(topic, trimmed_json(body));
  if (!receipt) return no_room();
  ++counts.events_published["http"];
  return published(*receipt, fmt::format(R"("subscribers":{})", receipt->subscribers));
}

std::string what_is_wrong(const published_line& line, const options& limits) {
  if (!is_topic(line.topic)) return fmt::format("'{}' is not a topic", printable(line.topic));
  if (line.payload.size() > limits.max_event_bytes) return "the payload is too large";
  return {};
}

/// All the lines of a body that are not empty, or why there is one that cannot be published.
std::variant<std::vector<published_line>, std::string> parse_lines(std::string_view body,
                                                                   const options& limits) {
  std::vector<published_line> lines;
  for (std::size_t number = 1; !body.empty(); ++number) {
    const auto text = body.substr(0, body.find('\n'));
    body.remove_prefix(std::min(text.size() + 1, body.size()));
    if (trimmed_json(text).empty()) continue;
    auto parsed = parse_published_line(text);
    std::string wrong;
    if (auto* line = std::get_if<published_line>(&parsed)) {
      wrong = what_is_wrong(*line, limits);
      lines.push_back(std::move(*line));
    } else {
      wrong = std::get<std::string>(std::move(parsed));
    }
    if (!wrong.empty()) return fmt::format("Line {}: {}.", number, wrong);
  }
  if (lines.empty()) return "There is no line.";
  return lines;
}

response publish_lines(std::string_view body, const options& limits, hub& center, metrics& counts) {
  const auto parsed = parse_lines(body, limits);
  if (const auto* wrong = std::get_if<std::string>(&parsed))
    return refusal(http::status::bad_request, *wrong);
  const auto& lines = std::get<std::vector<published_line>>(parsed);
  std::set<std::string_view> topics;
  for (const auto& line : lines) topics.insert(line.topic);
  if (!center.has_room_for(topics)) return no_room();
  hub::receipt last;
  for (const auto& line : lines) last = center.publish(line.topic, line.payload).value_or(last);
  counts.events_published["http"] += lines.size();
  return published(last, fmt::format(R"("count":{})", lines.size()));
}

}  // namespace

std::size_t max_publication_bytes(const publication& asked, const options& limits) {
  return asked.topic.empty() ? limits.max_bulk_bytes : limits.max_event_bytes;
}

response publish(const publication& asked, std::string_view body, const options& limits,
                 hub& center, metrics& counts) {
  if (asked.topic.empty()) return publish_lines(body, limits, center, counts);
  return publish_one(asked.topic, body, center, counts);
}

}  // namespace ws_demo
