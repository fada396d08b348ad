// Tokens and key sets. The input is taken for a token, which is not accepted unless it is one of
// those that the corpus has; for a key set, whose keys must be of use; and for what a maker of
// tokens signs.

#include "events/topic.hpp"
#include "http/token/json_object.hpp"
#include "test_tokens.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace {

using namespace ws_demo;
using namespace ws_demo::testing;

void require(bool is_so) {
  if (!is_so) std::abort();
}

/// @returns whether the token holds
bool check_token(std::string_view token) {
  const auto now = at_second(sample_time);
  const auto result = verify_token(token, sample_keys(), {}, now);
  if (const auto* const why = std::get_if<std::string_view>(&result)) {
    require(!why->empty());
    return false;
  }
  const auto& claims = std::get<token_claims>(result);
  require(claims.expires > now);
  for (const auto* const topics : {&claims.subscribe, &claims.publish})
    require(std::ranges::all_of(*topics, [](const auto& topic) { return is_pattern(topic); }));
  return true;
}

constexpr std::size_t most_objects = 16;

/// The first line of the text as the header, and the rest as the payload.
void check_signed(std::string_view text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto payload = text.substr(std::min(end + 1, text.size()));
  if (!check_token(hmac_token(text.substr(0, end), payload))) return;
  require(parse_json_object(payload, most_objects).has_value());
  const auto header =
      parse_json_object(text.substr(0, end), most_objects).value_or(nlohmann::json());
  require(header.at("alg") == "HS256" && header.at("kid") == "hs" && !header.contains("crit"));
}

void check_key(const nlohmann::json& jwk, const token_key_set& keys) {
  const auto* const id = jwk.is_object() ? string_member(jwk, "kid") : nullptr;
  const auto* const key = keys.find(id ? *id : "");
  if (!key) return;
  for (const std::string_view signature : {"", "signature"})
    require(!key->verifies("text", signature));
  require(!key->verifies("text", std::string(64, '\0')));
  require(key->algorithm() != token_algorithm::rs256 ||
          !key->verifies("text", std::string(256, 1)));
}

void check_key_set(std::string_view text) {
  std::vector<std::string> unused;
  const auto parsed = token_key_set::parse(text, unused);
  for (const auto& line : unused)
    require(std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; }));
  if (const auto* const why = std::get_if<std::string>(&parsed)) {
    require(!why->empty() &&
            std::ranges::all_of(*why, [](char c) { return c >= ' ' && c <= '~'; }));
    return;
  }
  const auto& keys = std::get<token_key_set>(parsed);
  const auto set = nlohmann::json::parse(text);
  require(keys.size() > 0 && keys.size() + unused.size() == set.at("keys").size());
  for (const auto& jwk : set.at("keys")) check_key(jwk, keys);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (check_token(text)) require(std::ranges::find(sample_tokens, text) != sample_tokens.end());
  check_signed(text);
  check_key_set(text);
  return 0;
}
