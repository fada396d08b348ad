#pragma once

// Tokens: JSON Web Tokens (RFC 7519) that are signed, in the compact form (RFC 7515 section 3.1).
// Pure: no I/O, no state.

#include "http/token/token_key.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ws_demo {

/// The longest token, in bytes.
inline constexpr std::size_t max_token_bytes = 4096;

/// What a token has to say beside its signature.
struct token_rules {
  /// The `aud` that it must have; empty where it must have none: a token for others is not for us
  /// (RFC 7519 section 4.1.3).
  std::string audience;
  /// The `iss` that it must have; empty for any.
  std::string issuer;
  /// By how much the clock that `exp` and `nbf` were made with may differ from ours.
  std::chrono::milliseconds clock_skew{0};
};

/// What a token that holds says.
struct token_claims {
  std::string subject;  // `sub`
  /// Topics and patterns, which are valid.
  std::vector<std::string> subscribe;
  std::vector<std::string> publish;
  /// When it ends: at `exp`, or, if that is over already and only the clock's skew lets it in, as
  /// much later.
  std::chrono::system_clock::time_point expires;
};

/// @returns why the token does not hold, as a clause about it ("has expired"), if it does not. The
/// text has nothing of the token in it but the names of its members.
std::variant<token_claims, std::string_view> verify_token(
    std::string_view token, const token_key_set& keys, const token_rules& rules,
    std::chrono::system_clock::time_point now);

}  // namespace ws_demo
