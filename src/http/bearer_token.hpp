#pragma once

// Bearer tokens (RFC 6750 section 2.1). Pure: no I/O, no state.

#include <cstddef>
#include <string_view>

namespace ws_demo {

/// The longest token, in bytes: its field fits in the smallest head that --max-request-head allows.
constexpr std::size_t max_bearer_token_bytes = 2048;

/// Whether clients can send this as a token, and all in the same bytes: printable ASCII, without
/// spaces at its ends, where they are not a part of the field (RFC 9110 section 5.5). This is more
/// than RFC 6750 allows, so that passwords and phrases of several words are tokens too.
bool is_bearer_token(std::string_view text);

/// The token of an Authorization field with the scheme Bearer (RFC 9110 section 11.4); empty of any
/// other. It refers to the text.
std::string_view bearer_token(std::string_view authorization);

/// Whether the value of an Authorization field is the scheme Bearer with this token. Takes the same
/// time wherever two tokens differ, so that one cannot be guessed byte by byte.
bool has_bearer_token(std::string_view authorization, std::string_view token);

}  // namespace ws_demo
