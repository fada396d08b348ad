#pragma once

// Durations, sizes and counts as users write them. Pure: no I/O, no state.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ws_demo {

/// "250ms", "1s", "2m", "1h", or "0"; nothing if the text is anything else or over 24 hours.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// "512" (bytes), "64KiB", "16MiB", "1GiB"; nothing if the text is anything else or over 1 TiB.
std::optional<std::size_t> parse_size(std::string_view text);

/// A whole number without a sign; nothing if the text is anything else or over `largest`.
std::optional<std::uint64_t> parse_count(std::string_view text, std::uint64_t largest);

/// The same the other way, with the largest unit that gives a whole number: "1s", "64KiB", "0".
std::string format_duration(std::chrono::milliseconds time);
std::string format_size(std::size_t bytes);

}  // namespace ws_demo
