#include "http/token/json_web_token.hpp"

#include "common/base64url.hpp"
#include "events/topic.hpp"
#include "http/token/json_object.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace ws_demo {
namespace {

using std::chrono::duration_cast;
using std::chrono::system_clock;

/// In a header or payload.
constexpr std::size_t max_objects = 16;

/// The parts of a token. They refer to its text.
struct compact_form {
  std::string_view header;  // in base64url, as the payload
  std::string_view payload;
  std::string_view signed_text;  // both, as they are
  std::string signature;
};

std::optional<compact_form> split(std::string_view token) {
  const auto first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = token.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  auto signature = base64url_decoded(token.substr(second + 1));
  if (!signature) return std::nullopt;  // with a third dot, too
  return compact_form{token.substr(0, first), token.substr(first + 1, second - first - 1),
                      token.substr(0, second), *std::move(signature)};
}

std::optional<nlohmann::json> decoded_object(std::string_view part) {
  const auto text = base64url_decoded(part);
  if (!text) return std::nullopt;
  return parse_json_object(*text, max_objects);
}

/// A time in seconds since 1970 (RFC 7519 section 2, "NumericDate"), which may have a fraction.
std::optional<system_clock::time_point> time_member(const nlohmann::json& claims,
                                                    std::string_view name) {
  constexpr double latest = 9e9;  // in the year 2255, before a system_clock in nanoseconds ends
  const auto found = claims.find(name);
  if (found == claims.end() || !found->is_number()) return std::nullopt;
  const auto seconds = found->get<double>();
  if (!std::isfinite(seconds) || seconds < 0) return std::nullopt;
  const std::chrono::duration<double> since_1970(std::min(seconds, latest));
  return system_clock::time_point(duration_cast<system_clock::duration>(since_1970));
}

/// `aud` is a string or an array of strings (RFC 7519 section 4.1.3).
bool is_for(const nlohmann::json& claims, const std::string& audience) {
  if (audience.empty()) return !claims.contains("aud");
  if (const auto* const one = string_member(claims, "aud")) return *one == audience;
  const auto several = strings_member(claims, "aud");
  return several && std::ranges::find(*several, audience) != several->end();
}

/// Takes a claim that lists topics and patterns, if it is there. False if it is something else.
bool take_topics(const nlohmann::json& claims, std::string_view name,
                 std::vector<std::string>& into) {
  if (!claims.contains(name)) return true;
  auto topics = strings_member(claims, name);
  if (!topics || !std::ranges::all_of(*topics, [](const auto& t) { return is_pattern(t); }))
    return false;
  into = *std::move(topics);
  return true;
}

std::variant<token_claims, std::string_view> check_claims(const nlohmann::json& claims,
                                                          const token_rules& rules,
                                                          system_clock::time_point now) {
  token_claims result;
  const auto expires = time_member(claims, "exp");
  if (!expires) return "has no exp that is a time";
  if (now >= *expires + rules.clock_skew) return "has expired";
  result.expires = now < *expires ? *expires : *expires + rules.clock_skew;
  if (claims.contains("nbf")) {
    const auto begins = time_member(claims, "nbf");
    if (!begins) return "has an nbf that is no time";
    if (now + rules.clock_skew < *begins) return "does not hold yet (nbf)";
  }
  if (!is_for(claims, rules.audience))
    return "has another aud than the server's (see --token-audience)";
  const auto* const issuer = string_member(claims, "iss");
  if (!rules.issuer.empty() && (!issuer || *issuer != rules.issuer))
    return "has another iss than the server's (see --token-issuer)";
  if (const auto* const subject = string_member(claims, "sub"))
    result.subject = *subject;
  else if (claims.contains("sub"))
    return "has a sub that is not a string";
  if (!take_topics(claims, "subscribe", result.subscribe))
    return "has a subscribe that is not an array of valid topics";
  if (!take_topics(claims, "publish", result.publish))
    return "has a publish that is not an array of valid topics";
  return result;
}

}  // namespace

std::variant<token_claims, std::string_view> verify_token(std::string_view token,
                                                          const token_key_set& keys,
                                                          const token_rules& rules,
                                                          system_clock::time_point now) {
  if (token.size() > max_token_bytes) return "is longer than 4096 bytes";
  const auto parts = split(token);
  if (!parts) return "is not a signed JWT in the compact form";
  const auto header = decoded_object(parts->header);
  if (!header) return "has a header that is not one JSON object within the limits";
  // Extensions that must be understood (RFC 7515 section 4.1.11), of which there are none here.
  if (header->contains("crit")) return "has a crit that is not known";
  const auto* const id = string_member(*header, "kid");
  if (header->contains("kid") && (!id || id->empty())) return "has a kid that is not a string";
  const token_key* const key = keys.find(id ? *id : std::string_view());
  if (!key) return id ? "has a kid that is not known" : "has no kid";
  const auto* const algorithm = string_member(*header, "alg");
  if (!algorithm || *algorithm != name_of(key->algorithm()))
    return "has an alg that is not the one of its key";
  if (!key->verifies(parts->signed_text, parts->signature)) return "has a wrong signature";
  const auto claims = decoded_object(parts->payload);
  if (!claims) return "has a payload that is not one JSON object within the limits";
  return check_claims(*claims, rules, now);
}

}  // namespace ws_demo
