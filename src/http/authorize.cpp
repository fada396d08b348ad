#include "http/authorize.hpp"

#include "http/origin.hpp"

#include <string_view>

namespace ws_demo {
namespace {

namespace http = boost::beast::http;

response reject(const authorization_request& r, http::status status, std::string_view reason,
                std::string_view detail, std::string_view text) {
  r.server.rejected.record(reason, r.link.peer(), detail);
  return error_response(status, text);
}

response reject_for_now(const authorization_request& r, http::status status,
                        std::string_view reason, std::string_view text) {
  auto answer = reject(r, status, reason, "", text);
  answer.set(http::field::retry_after, "5");
  return answer;
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
  if (origin_allowed(r.head, r.server.limits, r.via.on_loopback)) return std::nullopt;
  return reject(r, http::status::forbidden, "origin", r.head[http::field::origin],
                "Origin not allowed (see --allow-origin).");
}

std::optional<response> authorize_peer(const authorization_request& r) {
  if (auto answer = authorize_origin(r)) return answer;
  if (r.server.draining)
    return reject_for_now(r, http::status::service_unavailable, "draining",
                          "The server is shutting down.");
  if (r.server.admitted.is_full())
    return reject_for_now(r, http::status::service_unavailable, "full",
                          "The server has as many peers as it accepts.");
  if (r.server.admitted.is_full_for(r.link.address()))
    return reject_for_now(r, http::status::too_many_requests, "address_full",
                          "Too many peers from this address.");
  return std::nullopt;
}

}  // namespace ws_demo
