#include "events/publisher.hpp"

#include "common/text.hpp"
#include "events/topic.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <new>
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

publisher::publisher(executor on, const options& limits, hub& center, metrics& counts,
                     limited_log& log)
    : limits_(limits), center_(center), counts_(counts), log_(log), on_(std::move(on)) {}

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

task<std::optional<hub::receipt>> publisher::publish(std::string_view topic,
                                                     std::string_view payload,
                                                     std::string_view source,
                                                     std::string_view from) {
  turn mine(*this);
  if (!mine.is_granted()) co_await mine.wait();
  if (stopped_) co_return std::nullopt;
  const auto receipt = publish_now(topic, payload, source, from);
  co_await asio::post(on_, no_throw);
  while (center_.has_pending_flushes() && !stopped_) co_await asio::post(on_, no_throw);
  co_return receipt;
}

std::optional<hub::receipt> publisher::publish_now(std::string_view topic, std::string_view payload,
                                                   std::string_view source, std::string_view from) {
  if (!center_.past().has_room_for(topic)) {
    refuse(topic, from);
    return std::nullopt;
  }
  ++counts_.events_published[std::string(source)];
  return center_.publish(topic, payload);
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

void publisher::skip_line(std::uint64_t number, std::string_view why) noexcept try {
  ++counts_.refused["line"];
  log_.write(spdlog::level::warn, "skipped", fmt::format("line={}: {}", number, why));
} catch (const std::bad_alloc&) {
  ++counts_.log_lines_left_out;
}

}  // namespace ws_demo
