#include "http/publish_request.hpp"

#include "events/json_text.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>

namespace ws_demo {
namespace {

namespace http = boost::beast::http;

constexpr std::string_view source = "http";
constexpr const char* stopping = "The server is shutting down.";

response published(const hub::receipt& last, std::string_view more) {
  return make_answer(http::status::ok, "application/json",
                     std::make_shared<const std::string>(
                         fmt::format(R"({{"id":"{}",{}}})", to_string(last.id), more)));
}

response shutting_down() {
  return error_response(http::status::service_unavailable, stopping);
}

response no_room() {
  return error_response(http::status::insufficient_storage,
                        "The server has as many topics as it keeps (see --max-topics-total).");
}

task<response> publish_one(const std::string& topic, std::string_view body, publisher& to,
                           std::string_view from) {
  if (const auto wrong = json_error(body))
    co_return error_response(http::status::bad_request, "The body is not JSON: " + *wrong);
  const auto receipt = co_await to.publish(topic, trimmed_json(body), source, from);
  if (!receipt) co_return to.stopped() ? shutting_down() : no_room();
  co_return published(*receipt, fmt::format(R"("subscribers":{})", receipt->subscribers));
}

/// The events of a body with one a line.
struct bulk {
  std::deque<published_line> lines;
  std::set<std::string_view> topics;  // of the lines
};

/// The events of all lines that are not empty, or what is wrong with the first invalid one. Parsed
/// in slices, because a large body takes longer than others should wait.
task<std::variant<bulk, std::string>> parse_lines(std::string_view body, const publisher& to) {
  constexpr std::size_t bytes_per_turn = 16384;
  const auto on = co_await asio::this_coro::executor;
  bulk found;
  std::size_t bytes = 0;
  for (std::size_t number = 1; !body.empty(); ++number) {
    const auto text = body.substr(0, body.find('\n'));
    body.remove_prefix(std::min(text.size() + 1, body.size()));
    bytes += text.size() + 1;
    if (bytes > bytes_per_turn) {
      bytes = 0;
      co_await asio::post(on, no_throw);
      if (to.stopped()) co_return stopping;
    }
    if (trimmed_json(text).empty()) continue;
    auto parsed = parse_event_line(text, to.limits());
    if (const auto* wrong = std::get_if<std::string>(&parsed))
      co_return fmt::format("Line {}: {}.", number, *wrong);
    found.lines.push_back(std::get<published_line>(std::move(parsed)));
    found.topics.insert(found.lines.back().topic);
  }
  if (found.lines.empty()) co_return std::string("The body has no events.");
  co_return std::move(found);
}

task<response> publish_lines(std::string_view body, publisher& to, std::string_view from) {
  const auto parsed = co_await parse_lines(body, to);
  if (const auto* wrong = std::get_if<std::string>(&parsed))
    co_return error_response(
        to.stopped() ? http::status::service_unavailable : http::status::bad_request, *wrong);
  const auto& [lines, topics] = std::get<bulk>(parsed);
  if (!to.has_room_for(topics, from)) co_return no_room();
  const auto room = to.reserve(topics);
  hub::receipt last;
  for (const auto& line : lines) {
    const auto receipt = co_await to.publish(line.topic, line.payload, source, from);
    if (!receipt) co_return shutting_down();
    last = *receipt;
  }
  co_return published(last, fmt::format(R"("count":{})", lines.size()));
}

}  // namespace

std::size_t max_body_bytes(const publish_request& request, const options& limits) {
  return request.topic.empty() ? limits.max_bulk_bytes : limits.max_event_bytes;
}

task<response> publish(const publish_request& request, std::string_view body, publisher& to,
                       std::string_view from) {
  if (request.topic.empty()) return publish_lines(body, to, from);
  return publish_one(request.topic, body, to, from);
}

}  // namespace ws_demo
