#include "http/token_policy.hpp"

#include "common/text.hpp"
#include "http/bearer_token.hpp"
#include "http/presented_token.hpp"
#include "http/token/key_file.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <variant>

namespace ws_demo {
namespace {

namespace http = boost::beast::http;
using std::chrono::system_clock;

/// @throws std::runtime_error
token_key_set read_keys(const std::filesystem::path& file) {
  std::vector<std::string> unused;
  auto keys = token_key_set::parse(read_key_file(file), unused);
  for (const auto& why : unused) spdlog::warn("token key not used: {}", why);
  if (const auto* const wrong = std::get_if<std::string>(&keys))
    throw std::runtime_error(fmt::format("keys in {}: {}", printable(file.string()), *wrong));
  return std::get<token_key_set>(std::move(keys));
}

}  // namespace

token_policy::token_policy(const options& o)
    : options_(o),
      rules_{o.token_audience, o.token_issuer, o.token_clock_skew},
      public_topics_(o.public_topics) {
  reload_keys();
}

void token_policy::reload_keys() {
  if (options_.token_keys_file.empty()) return;
  keys_ = read_keys(options_.token_keys_file);
  spdlog::info("token keys file={} keys={} public={}", printable(options_.token_keys_file.string()),
               keys_.size(), fmt::join(options_.public_topics, ","));
}

bool token_policy::needs_token(access_action action, const std::vector<std::string>& topics) const {
  if (!has_keys()) return false;
  return action == access_action::publish ||
         !std::ranges::all_of(topics, [this](const auto& t) { return public_topics_.includes(t); });
}

access_decision token_policy::decide(const request_head& request, origin_access access,
                                     access_action action, const std::vector<std::string>& topics,
                                     system_clock::time_point now) const {
  if (action == access_action::publish) {
    const auto given = request[http::field::authorization];
    const bool has_publish_token =
        !options_.publish_token.empty() &&
        has_bearer_token({given.data(), given.size()}, options_.publish_token);
    if (has_publish_token) return access_decision::allow({"*"});
    if (!has_keys() && options_.publish_token.empty())
      return access_decision::refuse(403, "Publishing is off (see --publish-token-file).");
    return decide_publication(has_keys() ? presented_token(request, options_, access) : "", now);
  }
  if (!needs_token(action, topics)) return access_decision::allow(topics);
  return decide_subscription(presented_token(request, options_, access), topics, now);
}

access_decision token_policy::decide_subscription(const std::string& token,
                                                  const std::vector<std::string>& topics,
                                                  system_clock::time_point now) const {
  if (token.empty()) {
    const auto guarded = std::ranges::find_if_not(
        topics, [this](const auto& t) { return public_topics_.includes(t); });
    return access_decision::refuse(401, fmt::format("Topic {} needs a token.", *guarded));
  }
  auto verified = verify_token(token, keys_, rules_, now);
  if (const auto* const why = std::get_if<std::string_view>(&verified))
    return access_decision::refuse(401, fmt::format("The token {}.", *why));
  auto& claims = std::get<token_claims>(verified);
  const topic_set granted(claims.subscribe);
  const auto forbidden_topic = std::ranges::find_if_not(
      topics, [&](const auto& t) { return public_topics_.includes(t) || granted.includes(t); });
  auto decision = access_decision::allow(topics);
  if (forbidden_topic != topics.end()) {
    decision = access_decision::refuse(
        403, fmt::format("The token does not allow subscribing to {}.", *forbidden_topic));
    decision.topics = std::move(claims.subscribe);
  }
  decision.subject = std::move(claims.subject);
  decision.expires = claims.expires;
  return decision;
}

access_decision token_policy::decide_publication(const std::string& token,
                                                 system_clock::time_point now) const {
  if (token.empty()) return access_decision::refuse(401, "Missing or invalid bearer token.");
  auto verified = verify_token(token, keys_, rules_, now);
  if (const auto* const why = std::get_if<std::string_view>(&verified))
    return access_decision::refuse(401, fmt::format("The token {}.", *why));
  auto& claims = std::get<token_claims>(verified);
  auto decision = access_decision::allow(std::move(claims.publish));
  decision.subject = std::move(claims.subject);
  return decision;
}

}  // namespace ws_demo
