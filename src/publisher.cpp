#include "ws_demo/publisher.hpp"

#include "ws_demo/text.hpp"
#include "ws_demo/topic.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>
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

/// Held by one at a time; the next one is who has waited longest.
class publisher::turn {
 public:
  explicit turn(publisher& of) : of_(of) {}
  ~turn() { of_.taken_ = of_.passed_on_.cancel_one() > 0; }
  turn(const turn&) = delete;
  turn& operator=(const turn&) = delete;

 private:
  publisher& of_;
};

publisher::publisher(const executor& on, const options& limits, hub& center, metrics& counts,
                     refusals& refused)
    : limits_(limits),
      center_(center),
      counts_(counts),
      refused_(refused),
      passed_on_(on, steady_clock::time_point::max()) {}

task<std::optional<hub::receipt>> publisher::publish(std::string_view topic,
                                                     std::string_view payload,
                                                     std::string_view way_in,
                                                     std::string_view from) {
  if (stopped_) co_return std::nullopt;
  if (std::exchange(taken_, true)) co_await passed_on_.async_wait(no_throw);
  if (stopped_) co_return std::nullopt;
  const turn mine(*this);
  const auto receipt = publish_now(topic, payload, way_in, from);
  const auto on = passed_on_.get_executor();
  co_await asio::post(on, no_throw);
  while (center_.has_sleepers() && !stopped_) co_await asio::post(on, no_throw);
  co_return receipt;
}

std::optional<hub::receipt> publisher::publish_now(std::string_view topic, std::string_view payload,
                                                   std::string_view way_in, std::string_view from) {
  if (!has_room_for({topic}, from)) return std::nullopt;
  ++counts_.events_published[std::string(way_in)];
  return center_.publish(topic, payload);
}

bool publisher::has_room_for(const std::set<std::string_view>& topics, std::string_view from) {
  if (center_.past().has_room_for(topics)) return true;
  refused_.note("topics", from, *topics.begin());
  return false;
}

publisher::reservation::reservation(history& past, const std::set<std::string_view>& topics)
    : past_(past), topics_(topics) {
  past_.promise_room_for(topics_);
}

void publisher::skip_line(std::uint64_t number, std::string_view why) {
  constexpr int one_by_one_a_second = 10;
  const auto now = steady_clock::now();
  if (now >= lines_told_from_ + std::chrono::seconds(1)) {
    lines_told_from_ = now;
    lines_told_ = 0;
  }
  if (++lines_told_ > one_by_one_a_second) {
    refused_.note("line", "stdin", fmt::format("line={}: {}", number, why));
  } else {
    ++counts_.refused["line"];
    spdlog::warn("skipped line={}: {}", number, why);
  }
}

void publisher::stop() {
  stopped_ = true;
  passed_on_.cancel();
}

}  // namespace ws_demo
