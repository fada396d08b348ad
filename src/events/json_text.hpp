#pragma once

// JSON that is validated and split as text but never converted: payloads reach subscribers as they
// were written, with numbers of any size and precision. Pure: no I/O, no state.

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace ws_demo {

/// Why the text is not one JSON value (RFC 8259), with line and column; nothing if it is. Strings
/// may have escapes of half a surrogate pair.
std::optional<std::string> json_error(std::string_view text);

/// Without the whitespace around it.
std::string_view trimmed_json(std::string_view text);

/// The two members of a line of NDJSON; the payload is a part of the line.
struct published_line {
  std::string topic;
  std::string_view payload;
};

/// Parses `{"topic":…,"payload":…}`, with the members in either order and no others. On failure,
/// says why.
std::variant<published_line, std::string> parse_published_line(std::string_view line);

}  // namespace ws_demo
