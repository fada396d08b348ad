#pragma once

// Topics, and the patterns that subscribers use. Pure: no I/O, no state.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ws_demo {

/// Longest topic, in bytes.
inline constexpr std::size_t max_topic_bytes = 128;

/// Whether the text is a topic: 1 to 128 letters, digits, `.`, `_`, `-` and `/`. (The server's own
/// topics begin with `$`, so nobody can publish on them.)
bool is_topic(std::string_view text);

/// Whether the text can be subscribed to: a topic; `name.*`, for all topics below that name; or
/// `*`, for all topics.
bool is_pattern(std::string_view text);

/// Whether the text is `name.*`. (`*` is not.)
bool is_prefix_pattern(std::string_view text);

/// The patterns `name.*` that include the topic: of `a.b.c`, `a.*` and `a.b.*`.
std::vector<std::string> prefix_patterns_of(std::string_view topic);

/// Whether the pattern includes the topic, or all that another pattern does.
bool matches(std::string_view pattern, std::string_view topic);

}  // namespace ws_demo
