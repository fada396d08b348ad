#include "http/authorize.hpp"

#include "http/event_stream.hpp"
#include "http/origin.hpp"

#include <string_view>

namespace ws_demo {
namespace {

namespace http = boost::beast::http;

response reject(const authorization_request& r, http::status status, std::string_view reason,
                std::string_view detail, std::string_view text) {
  r.server.log.refuse(reason, r.link.peer(), detail);
  return error_response(status, text);
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
  if (r.server.admitted.is_full_for(r.link.address()))
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

std::optional<response> authorize_publication(const authorization_request& r) {
  if (auto answer = authorize_origin(r)) return answer;
  if (r.server.memory.is_tight()) return reject_for_memory(r.server, r.link);
  return std::nullopt;
}

response reject_for_memory(server_context& server, const connection& link) {
  server.log.refuse(no_memory.reason, link.peer(), "");
  return answer_with_status(no_memory);
}

std::optional<response> authorize_peer(const authorization_request& r, refusal_form form) {
  if (auto answer = authorize_origin(r)) return answer;
  if (const auto why = refusal_for_now(r)) return answer_to_refused(r, *why, form);
  return std::nullopt;
}

}  // namespace ws_demo
