#pragma once

// The keys that tokens are signed with: JSON Web Keys (RFC 7517), of which only what verifies is
// kept. Cryptography is OpenSSL's.
//
// Which algorithm a key is for is a property of the key. What a token claims about it is only
// compared, or a public RSA key could be used as the secret of an HMAC (RFC 8725 section 2.1).

#include <nlohmann/json_fwd.hpp>
#include <openssl/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ws_demo {

/// RFC 7518 section 3.1, and, for EdDSA, RFC 8037: that is with Ed25519.
enum class token_algorithm : std::uint8_t { hs256, rs256, es256, eddsa };

/// "HS256", "RS256", "ES256", "EdDSA".
std::string_view name_of(token_algorithm a);
std::optional<token_algorithm> token_algorithm_named(std::string_view name);

/// Least bytes of an HS256 secret (RFC 7518 section 3.2), and least and most bits of an RSA key
/// (section 3.3): a longer one takes long.
inline constexpr std::size_t min_secret_bytes = 32;
inline constexpr int min_rsa_bits = 2048;
inline constexpr int max_rsa_bits = 8192;

/// Threads: may be used by several at once.
class token_key {
 public:
  /// A key that is not for verifying tokens, or of a kind that is not known, which a set may have
  /// too (RFC 7517 section 5).
  struct unused {
    std::string why;
  };
  struct invalid {
    std::string why;
  };
  static std::variant<token_key, unused, invalid> parse(const nlohmann::json& jwk);

  /// The `kid`; empty where it has none.
  const std::string& id() const { return id_; }
  token_algorithm algorithm() const { return algorithm_; }
  bool verifies(std::string_view text, std::string_view signature) const;

 private:
  using evp_key = std::shared_ptr<EVP_PKEY>;

  token_key(std::string id, token_algorithm a, evp_key key, std::string secret);

  std::string id_;
  token_algorithm algorithm_;
  evp_key key_;         // null for HS256
  std::string secret_;  // of HS256
};

/// Keys that have different ids.
class token_key_set {
 public:
  /// Reads a JWK Set (RFC 7517 section 5).
  /// @param unused gets a line about each key that is not used
  /// @returns why it cannot be used, if it cannot: among others where a key is malformed or too
  /// short, two have the same id, or none is left
  static std::variant<token_key_set, std::string> parse(std::string_view text,
                                                        std::vector<std::string>& unused);

  /// @param id empty for that of a key without one
  const token_key* find(std::string_view id) const;
  std::size_t size() const { return keys_.size(); }

 private:
  std::vector<token_key> keys_;
};

}  // namespace ws_demo
