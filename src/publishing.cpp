#include "ws_demo/publishing.hpp"

#include "ws_demo/json_text.hpp"

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

constexpr std::string_view way_in = "http";

response published(const hub::receipt& last, std::string_view more) {
  return make_answer(http::status::ok, "application/json",
                     std::make_shared<const std::string>(
                         fmt::format(R"({{"id":"{}",{}}})", to_string(last.id), more)));
}

response no_room() {
  return refusal(http::status::insufficient_storage,
                 "There are as many topics as the server keeps: see --max-topics-total.");
}

task<response> publish_one(const std::string& topic, std::string_view body, publisher& to,
                           std::string_view from) {
  if (const auto wrong = json_error(body))
    co_return refusal(http::status::bad_request, "This is not JSON: " + *wrong);
  if (!to.has_room_for({topic}, from)) co_return no_room();
  const auto receipt = to.publish(topic, trimmed_json(body), way_in);
  co_return published(receipt, fmt::format(R"("subscribers":{})", receipt.subscribers));
}

/// All the lines of a body that are not empty, or why there is one that cannot be published.
std::variant<std::vector<published_line>, std::string> parse_lines(std::string_view body,
                                                                   const options& limits) {
  std::vector<published_line> lines;
  for (std::size_t number = 1; !body.empty(); ++number) {
    const auto text = body.substr(0, body.find('\n'));
    body.remove_prefix(std::min(text.size() + 1, body.size()));
    if (trimmed_json(text).empty()) continue;
    auto parsed = parse_event_line(text, limits);
    if (const auto* wrong = std::get_if<std::string>(&parsed))
      return fmt::format("Line {}: {}.", number, *wrong);
    lines.push_back(std::get<published_line>(std::move(parsed)));
  }
  if (lines.empty()) return "There is no line.";
  return lines;
}

task<response> publish_lines(std::string_view body, publisher& to, std::string_view from) {
  const auto parsed = parse_lines(body, to.limits());
  if (const auto* wrong = std::get_if<std::string>(&parsed))
    co_return refusal(http::status::bad_request, *wrong);
  const auto& lines = std::get<std::vector<published_line>>(parsed);
  std::set<std::string_view> topics;
  for (const auto& line : lines) topics.insert(line.topic);
  if (!to.has_room_for(topics, from)) co_return no_room();
  hub::receipt last;
  for (const auto& line : lines) {
    last = to.publish(line.topic, line.payload, way_in);
    co_await to.pace();
  }
  co_return published(last, fmt::format(R"("count":{})", lines.size()));
}

}  // namespace

std::size_t max_publication_bytes(const publication& asked, const options& limits) {
  return asked.topic.empty() ? limits.max_bulk_bytes : limits.max_event_bytes;
}

task<response> publish(const publication& asked, std::string_view body, publisher& to,
                       std::string_view from) {
  if (asked.topic.empty()) return publish_lines(body, to, from);
  return publish_one(asked.topic, body, to, from);
}

}  // namespace ws_demo
