#include "http/origin.hpp"

#include "common/request_target.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <string>

namespace ws_demo {
namespace {

namespace http = boost::beast::http;

std::string_view field_value(const request_head& request, http::field name) {
  const auto value = request[name];
  return {value.data(), value.size()};
}

constexpr std::string_view any_origin = "*";
constexpr std::string_view any_labels = "*.";

/// Whether `https://*.example.com` includes it: with one label or more in place of the star.
bool includes(const web_origin& pattern, const web_origin& from) {
  const auto name = pattern.where.host.text;
  if (!name.starts_with(any_labels)) return is_same_origin(pattern, from);
  const auto end = name.substr(any_labels.size() - 1);
  const auto host = from.where.host;
  if (host.address || host.text.starts_with('.') || host.text.size() <= end.size() ||
      !equal_ignoring_case(host.text.substr(host.text.size() - end.size()), end))
    return false;
  return is_same_origin({pattern.scheme, {host, pattern.where.port}}, from);
}

/// Whether it is of the server's own pages, as far as that can be known.
bool is_own(const web_origin& from, const request_head& request) {
  if (from.where.host.text.empty()) return false;
  // Which scheme the client used is not known behind a proxy: the origin's own decides.
  const auto own = requested_authority(request);
  return own && is_same_origin({from.scheme, *own}, from);
}

bool is_websocket_scheme(std::string_view scheme) {
  return equal_ignoring_case(scheme, "ws") || equal_ignoring_case(scheme, "wss");
}

bool is_number(std::string_view label) {
  const bool is_hex = label.starts_with("0x") || label.starts_with("0X");
  return is_hex || std::ranges::all_of(label, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_label(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

/// Whether a browser can have it as a host. One whose last label is a number is an IPv4 address
/// there (WHATWG URL, "ends in a number checker").
bool is_name_or_address(const uri_host& host) {
  if (host.address) return true;
  auto rest = host.text;
  if (rest.ends_with('.')) rest.remove_suffix(1);
  for (;;) {
    const auto label = rest.substr(0, rest.find('.'));
    if (!is_label(label)) return false;
    if (label.size() == rest.size()) return !is_number(label);
    rest.remove_prefix(label.size() + 1);
  }
}

/// Of more than a single label: not `https://*.com`.
bool is_name_below_a_star(const uri_host& host) {
  return is_name_or_address(host) && !host.address &&
         (host.text.find('.') != std::string_view::npos || is_loopback(host));
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

origin_access allowed_access(const request_head& request, const options& o,
                             bool server_is_on_loopback) {
  const auto origins = request.count(http::field::origin);
  if (origins == 0) return origin_access::without_credentials;
  const auto from = parse_origin(field_value(request, http::field::origin));
  if (origins > 1 || !from) return origin_access::none;
  const bool is_named = std::ranges::any_of(o.allowed_origins, [&from](const std::string& text) {
    const auto allowed = parse_origin(text);
    return allowed && !from->where.host.text.empty() && includes(*allowed, *from);
  });
  if (is_named) return origin_access::full;
  const bool is_any = std::ranges::find(o.allowed_origins, any_origin) != o.allowed_origins.end();
  const bool is_local = server_is_on_loopback && is_loopback(from->where.host);
  return is_any || is_local || is_own(*from, request) ? origin_access::without_credentials
                                                      : origin_access::none;
}

bool cookies_count(const request_head& request, origin_access access) {
  if (request.count(http::field::origin) == 0) return request["Sec-Fetch-Site"] == "same-origin";
  const auto from = parse_origin(field_value(request, http::field::origin));
  return access == origin_access::full || (from && is_own(*from, request));
}

bool is_origin_pattern(std::string_view text) {
  if (text == any_origin) return true;
  const auto parsed = parse_origin(text);
  if (!parsed || is_websocket_scheme(parsed->scheme)) return false;
  const auto host = parsed->where.host;
  if (!host.text.starts_with(any_labels)) return is_name_or_address(host);
  const auto below = parse_host(host.text.substr(any_labels.size()));
  return below && is_name_below_a_star(*below);
}

bool is_host_option(std::string_view text) {
  const auto parsed = parse_host(text);
  return parsed && is_name_or_address(*parsed);
}

}  // namespace ws_demo
