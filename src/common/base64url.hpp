#pragma once

// Base64url without padding (RFC 4648 section 5), as JSON Web Tokens have it (RFC 7515 section 2).
// Pure: no I/O, no state.

#include <optional>
#include <string>
#include <string_view>

namespace ws_demo {

std::string base64url(std::string_view bytes);

/// Nothing where the text is not what base64url() makes of some bytes: padding, white space, other
/// characters, and bits that are left over and not zero are refused, so that no two texts are the
/// same bytes.
std::optional<std::string> base64url_decoded(std::string_view text);

}  // namespace ws_demo
