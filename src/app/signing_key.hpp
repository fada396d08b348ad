#pragma once

// Keys that sign tokens, as JSON Web Keys with their private part (RFC 7517, RFC 7518 section 6,
// RFC 8037 section 2), for `ws-demo keys` and `ws-demo token`. The server itself only verifies
// (http/token/). Pure: no I/O, no state but OpenSSL's random numbers.

#include "http/token/token_key.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace ws_demo {

/// A new key: of 32 bytes for HS256, 2048 bits for RS256.
/// @throws std::runtime_error where OpenSSL cannot make one
nlohmann::json make_signing_key(token_algorithm a, const std::string& id);

/// Without what signs. Null of an HS256 key, whose only part is secret.
nlohmann::json public_part(const nlohmann::json& key);

/// Whether the key has what signs, and is for signing tokens.
bool can_sign(const nlohmann::json& key);

/// A token in the compact form (RFC 7515 section 3.1).
/// @param key can_sign()
/// @throws std::runtime_error if the key is malformed
std::string sign_token(const nlohmann::json& key, const nlohmann::json& claims);

}  // namespace ws_demo
