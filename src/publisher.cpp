#include "ws_demo/publisher.hpp"

#include "ws_demo/text.hpp"
#include "ws_demo/topic.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include <utility>

namespace ws_demo {

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

bool publisher::has_room_for(const std::set<std::string_view>& topics, std::string_view from) {
  if (center_.has_room_for(topics)) return true;
  refused_.note("topics", from, *topics.begin());
  return false;
}

hub::receipt publisher::publish(std::string_view topic, std::string_view payload,
                                std::string_view way_in) {
  ++counts_.events_published[std::string(way_in)];
  return center_.publish(topic, payload);
}

task<void> publisher::pace() {
  const auto on = co_await asio::this_coro::executor;
  co_await asio::post(on, no_throw);
  while (center_.has_sleepers()) co_await asio::post(on, no_throw);
}

}  // namespace ws_demo
