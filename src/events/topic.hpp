#pragma once

// The names that events are published on, and what subscribers ask for. Pure: no I/O, no state.

#include <cstddef>
#include <string_view>

namespace ws_demo {

/// Longest name of a topic, in bytes.
inline constexpr std::size_t max_topic_bytes = 128;

/// Whether events can be published on it: 1 to 128 bytes of letters, digits, `.`, `_`, `-` and `/`.
/// (`$` begins the server's own topics, and is none of these.)
bool is_topic(std::string_view text);

/// Whether it can be subscribed to: a topic; `name.*`, which is every topic below that name; or
/// `*`, which is every topic.
bool is_pattern(std::string_view text);

/// Whether a subscriber who asked for the pattern gets the topic's events.
bool matches(std::string_view pattern, std::string_view topic);

}  // namespace ws_demo
