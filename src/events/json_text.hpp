#pragma once

// JSON as text, checked and taken apart but never converted: what is published reaches subscribers
// as it was written, with numbers of any size and precision. Pure: no I/O, no state.

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace ws_demo {

/// What is wrong with the text, where it is not one JSON value (RFC 8259), with line and column;
/// nothing where it is.
std::optional<std::string> json_error(std::string_view text);

/// Without the whitespace around it.
std::string_view trimmed_json(std::string_view text);

/// The two members that a line of a bulk publish_request has, as parts of the line.
struct published_line {
  std::string topic;
  std::string_view payload;
};

/// Takes `{"topic":…,"payload":…}` apart, in either order and with nothing else. Where the text is
/// not that, says why.
std::variant<published_line, std::string> parse_published_line(std::string_view line);

}  // namespace ws_demo
