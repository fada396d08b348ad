#pragma once

// The token for publishing, as files and variables of the environment hold it.

#include <optional>
#include <string>
#include <string_view>

namespace ws_demo {

/// What a token is, for error messages, which do not show it.
std::string describe_token();

/// The token without what editors and secret stores put around it: white space, and a byte order
/// mark before it. Nothing where the rest is no token (is_bearer_token).
std::optional<std::string> parse_token(std::string_view text);

/// The same of the content of a file; nothing where that cannot be read.
std::optional<std::string> read_token_file(const std::string& path);

}  // namespace ws_demo
