#pragma once

// Keys and tokens for tests. The tokens were made with Node's crypto, each with the key of the same
// name. Header-only, as the fuzz targets use it too.

#include "common/base64url.hpp"
#include "http/token/json_web_token.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ws_demo::testing {

inline constexpr std::string_view hs256_jwk =
    R"({"kty":"oct","kid":"hs","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"})";
inline constexpr std::string_view rs256_jwk =
    R"({"kty":"RSA","kid":"rs","e":"AQAB","n":"p0sibvOo1hmohqr6fK0xLSNGbi4MxectxVx8hGvwBmfu96_l)"
    R"(zq7X6z3EbKQr0XHBgyJ7Id-u_Sm76cmPNK3R1f7B5HoJWOj-udwEfoT3JKTUIdu5n2tcT3IKq_ZnYpnHX_WPJdJu)"
    R"(painzjHUWZC0ThgWJQXQcp9itdUky3AhW6dYVy72XN2UtuGgihMTP7iKCWhLsli1CQvp2zxmcGWefb2BRF-5vkKB)"
    R"(4jiOWSUkqXQ6bJEdAPjAoMikzvxGQGRToELxEfgwdEh7cYgrw-L-L1IFyXfrqoxMrQM0oP7_p0s5jgVseCS6qqnR)"
    R"(rCb0rIOlHy52CG4vsQNb31prdBZPzQ"})";
inline constexpr std::string_view es256_jwk =
    R"({"kty":"EC","crv":"P-256","kid":"es","x":"HtM6g0Jum03h6fovy6v2D_y9C6Mbj_D0gA6zk6Zx7OU",")"
    R"(y":"aOJF9yPMQvlcGpYwh3aWezLfCXEDIPDtQvjU5SgkPtA"})";
inline constexpr std::string_view eddsa_jwk =
    R"({"kty":"OKP","crv":"Ed25519","kid":"ed","x":"ZeNJc5_tx5VcSvyvbbb-Z8dJXi4KXNwf3oq0aDo9IyI)"
    R"("})";
inline constexpr std::string_view hs256_token =
    "eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJzdWIiOiJ1c2VyLTciLCJzdWJzY3JpYmUiOlsibmV3cy4qIiwiY2"
    "hhdCJdLCJwdWJsaXNoIjpbImNoYXQiXSwiZXhwIjo0MTAyNDQ0ODAwfQ.Fje4H2fZD-X1u6gQC6FrVMxjc3xja8mzZ"
    "UEJ-gIuD4M";
inline constexpr std::string_view rs256_token =
    "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzIn0.eyJzdWIiOiJ1c2VyLTciLCJzdWJzY3JpYmUiOlsibmV3cy4qIiwiY2"
    "hhdCJdLCJwdWJsaXNoIjpbImNoYXQiXSwiZXhwIjo0MTAyNDQ0ODAwfQ.ccPfs66u6ONLz8cM7n7cKNniF6CBrKCQP"
    "iqeOz_TJqA63g5RZiRr3YusSG9Arx2Nk3SQ9XRmL0rD1M5XKDWXC3EtlBjr5y1M8lr5lGbgNkwDtLK8lNOHTzSqnth"
    "XFb_VkUwzrqf_Etna9w6u55I8LxtmX5UXiC-iq65hkQzFfjBX1zN-3SR8e303jAS6d5vM76wePAhZVtdHyVRsZAGZH"
    "peBbGJNypdrRs3uS-oamYXo-GGWfUjnL-92ey4o_mqq-C-9LA3OszLZLXZdeAnQ5RzAOwnfrh5Dgl_WXWF-btT7Pan"
    "i_GIyqz21S0Su0xendV-gi8v2QY_EVUgNzGTjQQ";
inline constexpr std::string_view es256_token =
    "eyJhbGciOiJFUzI1NiIsImtpZCI6ImVzIn0.eyJzdWIiOiJ1c2VyLTciLCJzdWJzY3JpYmUiOlsibmV3cy4qIiwiY2"
    "hhdCJdLCJwdWJsaXNoIjpbImNoYXQiXSwiZXhwIjo0MTAyNDQ0ODAwfQ.5q1HEPu-6X99hak94y8lv0JeID5r3gG24"
    "kMad3DARmGu3AEN3KdapDWbH4tnaQSG3PP90HNKrwKaiIcF8I5XZg";
inline constexpr std::string_view eddsa_token =
    "eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJzdWIiOiJ1c2VyLTciLCJzdWJzY3JpYmUiOlsibmV3cy4qIiwiY2"
    "hhdCJdLCJwdWJsaXNoIjpbImNoYXQiXSwiZXhwIjo0MTAyNDQ0ODAwfQ.Ps3eV5xZbRfIwUTBhQMLTFyt8V4fTK-zM"
    "Ei-4wd6eWxmZWdFvkae3DZWLtXFk1O1J1o1CTvjNCDV0aUoztLbBg";

inline constexpr std::array sample_jwks{hs256_jwk, rs256_jwk, es256_jwk, eddsa_jwk};
/// They say {"sub":"user-7","subscribe":["news.*","chat"],"publish":["chat"],"exp":4102444800}.
inline constexpr std::array sample_tokens{hs256_token, rs256_token, es256_token, eddsa_token};
/// `k` of hs256_jwk.
inline constexpr std::string_view hs256_secret = "0123456789abcdef0123456789abcdef";
/// A time at which they hold, in seconds since 1970.
inline constexpr double sample_time = 1.8e9;

inline std::chrono::system_clock::time_point at_second(double seconds) {
  using std::chrono::system_clock;
  return system_clock::time_point(
      std::chrono::duration_cast<system_clock::duration>(std::chrono::duration<double>(seconds)));
}

/// A JWK Set of these keys.
inline std::string key_set_text(const std::vector<std::string_view>& keys) {
  return fmt::format(R"({{"keys":[{}]}})", fmt::join(keys, ","));
}

/// Throws std::invalid_argument where it is refused.
inline token_key_set key_set_of(const std::vector<std::string_view>& keys) {
  std::vector<std::string> unused;
  auto parsed = token_key_set::parse(key_set_text(keys), unused);
  if (const auto* const why = std::get_if<std::string>(&parsed)) throw std::invalid_argument(*why);
  return std::get<token_key_set>(std::move(parsed));
}

/// The keys of all four algorithms.
inline const token_key_set& sample_keys() {
  static const token_key_set keys = key_set_of({hs256_jwk, rs256_jwk, es256_jwk, eddsa_jwk});
  return keys;
}

/// The text, and after a dot its HS256 signature.
inline std::string hmac_signed(std::string text, std::string_view secret = hs256_secret) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
  unsigned size = 0;
  if (!HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
            reinterpret_cast<const unsigned char*>(text.data()), text.size(), code.data(), &size))
    throw std::runtime_error("no HMAC");
  text += '.';
  text += base64url({reinterpret_cast<const char*>(code.data()), size});
  return text;
}

/// A token with an HS256 signature, whatever its header says.
inline std::string hmac_token(std::string_view header, std::string_view payload,
                              std::string_view secret = hs256_secret) {
  return hmac_signed(fmt::format("{}.{}", base64url(header), base64url(payload)), secret);
}

/// A token with these claims that nothing else is wrong with.
inline std::string token_saying(std::string_view payload) {
  return hmac_token(R"({"alg":"HS256","kid":"hs"})", payload);
}

/// Why a token is refused, or "accepted".
inline std::string refusal_of(std::string_view token, const token_key_set& keys = sample_keys(),
                              const token_rules& rules = {}, double now = sample_time) {
  const auto result = verify_token(token, keys, rules, at_second(now));
  const auto* const why = std::get_if<std::string_view>(&result);
  return why ? std::string(*why) : "accepted";
}

}  // namespace ws_demo::testing
