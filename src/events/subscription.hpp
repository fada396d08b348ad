#pragma once

// What a client asks for in the query of the address it connects to. Pure: no I/O, no state.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ws_demo {

/// Names one published event: `<epoch>:<number>`. The epoch names a run of the server, within which
/// numbers grow by one with each event, beginning with 1.
struct event_id {
  std::string epoch;
  std::uint64_t number = 0;
  bool operator==(const event_id&) const = default;
};

std::string to_string(const event_id& id);
std::optional<event_id> parse_event_id(std::string_view text);

struct subscription {
  /// Topics and patterns (topic.hpp), each once.
  std::vector<std::string> patterns;
  /// Whether the random pushes are among them.
  bool random = false;
  /// What came after this event is to be replayed.
  std::optional<event_id> since;
  /// So many of the newest events of each topic are to be replayed.
  std::uint64_t last = 0;
};

/// Reads `?topic=…&topic=…&since=…&last=…` of a request's target; with no topic it is `random`, and
/// other names are passed over. Where it cannot be, the text says why.
/// @param max_topics most topics and patterns
std::variant<subscription, std::string> parse_subscription(std::string_view target,
                                                           std::size_t max_topics);

}  // namespace ws_demo
