#include "http/origin.hpp"

#include "common/request_target.hpp"

#include <algorithm>
#include <string>

namespace ws_demo {
namespace {

namespace http = boost::beast::http;

std::string_view field_value(const request_head& request, http::field name) {
  const auto value = request[name];
  return {value.data(), value.size()};
}

/// No http URI has an empty host (RFC 9110 section 4.2.1).
std::optional<uri_authority> parse_http_authority(std::string_view text) {
  auto parsed = parse_authority(text);
  if (parsed && parsed->host.text.empty()) parsed.reset();
  return parsed;
}

}  // namespace

std::optional<uri_authority> requested_authority(const request_head& request) {
  const auto hosts = request.count(http::field::host);
  const bool may_be_missing = request.version() < 11;
  if (hosts > 1 || (hosts == 0 && !may_be_missing)) return std::nullopt;
  std::optional<uri_authority> named(std::in_place);
  if (hosts == 1) named = parse_http_authority(field_value(request, http::field::host));
  const auto target = split_target({request.target().data(), request.target().size()});
  if (named && target.authority) named = parse_http_authority(*target.authority);
  return named;
}

bool host_allowed(const uri_host& host, const options& o, bool server_is_on_loopback) {
  if (!server_is_on_loopback || host.text.empty() || is_loopback(host)) return true;
  return std::ranges::any_of(o.allowed_hosts, [&host](const std::string& text) {
    const auto allowed = parse_host(text);
    return allowed && is_same_host(*allowed, host);
  });
}

bool origin_allowed(const request_head& request, const options& o, bool server_is_on_loopback) {
  const auto origins = request.count(http::field::origin);
  if (origins == 0) return true;
  const auto from = parse_origin(field_value(request, http::field::origin));
  if (origins > 1 || !from) return false;
  const auto is_it = [&from](const std::string& text) {
    const auto allowed = parse_origin(text);
    return text == "*" || (allowed && is_same_origin(*allowed, *from));
  };
  if (std::ranges::any_of(o.allowed_origins, is_it)) return true;

  if (from->where.host.text.empty()) return false;
  if (server_is_on_loopback && is_loopback(from->where.host)) return true;
  // Which scheme the client used is not known behind a proxy: the origin's own decides.
  const auto own = requested_authority(request);
  return own && is_same_origin({from->scheme, *own}, *from);
}

bool is_origin_pattern(std::string_view text) {
  const auto parsed = parse_origin(text);
  return text == "*" || (parsed && !parsed->where.host.text.empty());
}

}  // namespace ws_demo
