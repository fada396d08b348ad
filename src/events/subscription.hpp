#pragma once

// What a client subscribes to, in the query of the address that it connects to. Pure: no I/O, no
// state.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ws_demo {

/// The id of a published event: `<epoch>:<number>`. The epoch identifies the log that has numbered
/// it.
struct event_id {
  std::string epoch;
  std::uint64_t number = 0;
  bool operator==(const event_id&) const = default;
};

std::string to_string(const event_id& id);
std::optional<event_id> parse_event_id(std::string_view text);

/// The topic of the server's own random numbers.
inline constexpr std::string_view random_topic = "random";

struct subscription {
  /// Topics and patterns (topic.hpp), each once.
  std::vector<std::string> patterns;
  /// Whether `random` is among them.
  bool random = false;
  /// Replay the events after this one.
  std::optional<event_id> since;
  /// Replay so many of the newest events of each topic; 0 for none.
  std::uint64_t last = 0;
};

/// Sets topics and patterns.
void set_patterns(subscription& s, std::vector<std::string> patterns);

/// Whether it asks for anything but the random numbers, and so for a position.
bool asks_for_published(const subscription& s);

/// What it takes beside the object itself.
std::size_t heap_bytes_of(const subscription& s);

/// Parses `?topic=…&topic=…&since=…&last=…` of a request's target. Without a topic it is `random`;
/// other names are ignored. On failure, says why.
/// @param max_topics limit of topics and patterns
std::variant<subscription, std::string> parse_subscription(std::string_view target,
                                                           std::size_t max_topics);

}  // namespace ws_demo
