#include "http/authorize.hpp"

#include "http/event_stream.hpp"
#include "http/origin.hpp"
#include "http/presented_token.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ws_demo {
namespace {

namespace http = boost::beast::http;

response reject(const authorization_request& r, http::status status, std::string_view reason,
                std::string_view detail, std::string_view text) {
  r.server.log.refuse(reason, r.link.peer(), detail);
  return error_response(status, text);
}

task<access_decision> decide_access(const authorization_request& r, access_action action,
                                    std::vector<std::string> topics) {
  const auto access = allowed_access(r.head, r.server.limits, r.via.on_loopback);
  return r.server.access.decide(r.link, r.head, access, action, std::move(topics),
                                r.server.long_work);
}

/// Whether the token is wrong, or there is none (RFC 6750 section 3.1).
std::string_view challenge(const authorization_request& r) {
  const auto access = allowed_access(r.head, r.server.limits, r.via.on_loopback);
  const bool has_token = !presented_token(r.head, r.server.limits, access).empty();
  return has_token ? R"(Bearer realm="ws-demo", error="invalid_token")"
                   : R"(Bearer realm="ws-demo")";
}

/// Why there is no place for a peer now.
struct refusal {
  http::status status;
  std::string_view reason;  // in metrics and log
  std::string_view text;
};

constexpr refusal no_memory{http::status::service_unavailable, "memory",
                            "The server is short of memory (see --max-memory)."};

std::optional<refusal> refusal_for_now(const authorization_request& r) {
  if (r.server.draining)
    return refusal{http::status::service_unavailable, "draining", "The server is shutting down."};
  if (r.server.admitted.is_full())
    return refusal{http::status::service_unavailable, "full",
                   "The server has as many peers as it accepts."};
  if (r.server.admitted.is_full_for(r.link.client()))
    return refusal{http::status::too_many_requests, "address_full",
                   "Too many peers from this address."};
  if (r.server.memory.is_tight()) return no_memory;
  if (!r.server.stored_in->state().is_filled)
    return refusal{http::status::service_unavailable, "log",
                   "The event log has not been read yet."};
  return std::nullopt;
}

response answer_with_status(const refusal& why) {
  auto answer = error_response(why.status, why.text);
  answer.set(http::field::retry_after, "5");
  answer.keep_alive(false);
  return answer;
}

response answer_to_refused(const authorization_request& r, const refusal& why, refusal_form form) {
  r.server.log.refuse(why.reason, r.link.peer(), "");
  if (form == refusal_form::event_stream) return refused_event_stream(r.head, why.text);
  return answer_with_status(why);
}

/// What a decision refuses, in the form of a refusal for now where it is one.
response reject(const authorization_request& r, const access_decision& why, refusal_form form) {
  const auto status = http::int_to_status(why.refusal);
  if (status == http::status::unknown)
    return reject(r, access_decision::refuse(403, why.reason), form);
  std::string_view counted_as = "program";
  if (status == http::status::unauthorized) counted_as = "token";
  if (status == http::status::forbidden) counted_as = "topic";
  if (status == http::status::service_unavailable || status == http::status::too_many_requests)
    return answer_to_refused(r, {status, counted_as, why.reason}, form);
  auto answer = reject(r, status, counted_as, why.reason, why.reason);
  if (status == http::status::unauthorized) answer.set(http::field::www_authenticate, challenge(r));
  return answer;
}

/// The connection has been aborted meanwhile: nobody is refused, and nothing is counted.
response unheard() {
  return error_response(http::status::service_unavailable, "");
}

}  // namespace

std::optional<response> authorize_host(const authorization_request& r) {
  const auto asked = requested_authority(r.head);
  if (!asked)
    return error_response(http::status::bad_request,
                          "Host must be given once, as a name or address with or without a port.");
  if (host_allowed(asked->host, r.server.limits, r.via.on_loopback)) return std::nullopt;
  return reject(r, http::status::forbidden, "host", asked->host.text,
                "Host not allowed (see --allow-host).");
}

std::optional<response> authorize_origin(const authorization_request& r) {
  if (allowed_access(r.head, r.server.limits, r.via.on_loopback) != origin_access::none)
    return std::nullopt;
  return reject(r, http::status::forbidden, "origin", r.head[http::field::origin],
                "Origin not allowed (see --allow-origin).");
}

task<std::optional<response>> authorize_publication(const authorization_request& r,
                                                    publish_request& publication) {
  if (auto answer = authorize_origin(r)) co_return answer;
  if (r.server.memory.is_tight()) co_return reject_for_memory(r.server, r.link);
  std::vector<std::string> wanted;
  if (!publication.topic.empty()) wanted.push_back(publication.topic);
  auto decided = decide_access(r, access_action::publish, std::move(wanted));
  auto decision = co_await std::move(decided);
  if (!r.link.is_open()) co_return unheard();
  if (decision.refusal != 0) co_return reject(r, decision, refusal_form::status);
  publication.allowed = std::move(decision.topics);
  co_return std::nullopt;
}

response reject_for_memory(server_context& server, const connection& link) {
  server.log.refuse(no_memory.reason, link.peer(), "");
  return answer_with_status(no_memory);
}

task<std::optional<response>> authorize_subscription(const authorization_request& r,
                                                     refusal_form form, subscription& wanted,
                                                     peer_identity& who) {
  auto decided = decide_access(r, access_action::subscribe, wanted.patterns);
  auto decision = co_await std::move(decided);
  if (!r.link.is_open()) co_return unheard();
  const auto now = std::chrono::system_clock::now();
  if (decision.refusal == 0 && decision.expires && *decision.expires <= now)
    decision = access_decision::refuse(401, "The token has expired.");  // or what the program says
  if (decision.refusal != 0) co_return reject(r, decision, form);
  set_patterns(wanted, std::move(decision.topics));
  who.subject = std::move(decision.subject);
  if (decision.expires) who.expires_at = steady_clock::now() + (*decision.expires - now);
  co_return std::nullopt;
}

std::optional<response> authorize_peer(const authorization_request& r, refusal_form form) {
  if (auto answer = authorize_origin(r)) return answer;
  if (const auto why = refusal_for_now(r)) return answer_to_refused(r, *why, form);
  return std::nullopt;
}

}  // namespace ws_demo
