#pragma once

// Keys by which publishers name their events, so that one that is published again is stored once.

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace ws_demo {

inline constexpr std::size_t max_key_bytes = 100;

/// Whether it is 1 to max_key_bytes printable ASCII characters, without spaces, quotes and
/// backslashes.
inline bool is_event_key(std::string_view text) {
  return !text.empty() && text.size() <= max_key_bytes && std::ranges::all_of(text, [](char c) {
    return c > ' ' && c <= '~' && c != '"' && c != '\\';
  });
}

}  // namespace ws_demo
