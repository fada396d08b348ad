#pragma once

// Text from outside: made safe to print, decoded, and checked. Pure: no I/O, no state.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ws_demo {

/// How much of a text from outside is printed.
inline constexpr std::size_t max_printed_bytes = 200;

/// The text on one line: control characters, quotes, backslashes and bytes outside ASCII as \xNN,
/// and what is over `most` bytes cut with "...". What came from outside goes through this, or it
/// could forge lines of the log.
std::string printable(std::string_view text, std::size_t most = max_printed_bytes);

/// Whether the texts are the same but for upper and lower case of ASCII letters. (Beast 1.81's
/// iequals() reads a byte past their ends.)
bool equal_ignoring_case(std::string_view a, std::string_view b);

/// Takes the first item off a list of a header field (RFC 9110 section 5.6.1), and the white space
/// around it. The separator may not occur within an item.
std::string_view take_item(std::string_view& list, char separator);

/// Whether the text, of which all before its end is UTF-8, ends with a part of a character (RFC
/// 3629 section 3).
bool ends_within_character(std::string_view text);

/// The text without its percent-encoding (RFC 3986 section 2.1); nothing where that is not
/// well-formed.
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace ws_demo
