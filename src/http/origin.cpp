#include "http/origin.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <string>

namespace ws_demo {
namespace {

namespace http = boost::beast::http;

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

bool same(std::string_view a, std::string_view b) {
  return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

/// `scheme://authority`, or nothing in either where the text is not of that form.
struct origin {
  explicit origin(std::string_view text) {
    const auto separator = text.find("://");
    if (separator == std::string_view::npos) return;
    scheme = text.substr(0, separator);
    authority = text.substr(separator + 3);
  }
  std::string_view scheme;
  std::string_view authority;
};

/// Without the port, and without the brackets of an IPv6 address.
std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(1, authority.find(']') - 1);
  return authority.substr(0, authority.find(':'));
}

/// Without a port that says nothing new: Origin never has it, Host may.
std::string_view without_default_port(std::string_view authority, std::string_view scheme) {
  const std::string_view port = scheme == "https" ? ":443" : ":80";
  if (authority.ends_with(port)) authority.remove_suffix(port.size());
  return authority;
}

bool is_loopback(std::string_view host) {
  constexpr std::string_view below_localhost = ".localhost";  // RFC 6761 section 6.3
  if (same(host, "localhost")) return true;
  if (host.size() > below_localhost.size() &&
      same(host.substr(host.size() - below_localhost.size()), below_localhost))
    return true;
  error_code ec;
  const auto address = asio::ip::make_address(std::string(host), ec);
  return !ec && address.is_loopback();
}

}  // namespace

bool origin_allowed(const request_head& request, const options& o, bool server_is_on_loopback) {
  if (request.count(http::field::origin) == 0) return true;
  const auto text = view(request[http::field::origin]);
  const auto is_it = [text](const std::string& allowed) {
    return allowed == "*" || same(allowed, text);
  };
  if (std::ranges::any_of(o.allowed_origins, is_it)) return true;

  const origin from(text);
  if (from.authority.empty() || request.count(http::field::origin) != 1) return false;
  const auto host = view(request[http::field::host]);
  return same(without_default_port(from.authority, from.scheme),
              without_default_port(host, from.scheme)) ||
         (server_is_on_loopback && is_loopback(host_of(from.authority)));
}

bool host_allowed(const request_head& request, const options& o, bool server_is_on_loopback) {
  if (!server_is_on_loopback || request.count(http::field::host) == 0) return true;
  const auto host = host_of(view(request[http::field::host]));
  const auto is_it = [host](const std::string& allowed) { return same(allowed, host); };
  return is_loopback(host) || std::ranges::any_of(o.allowed_hosts, is_it);
}

bool is_origin_pattern(std::string_view text) {
  const origin parsed(text);
  return text == "*" || (!parsed.scheme.empty() && !parsed.authority.empty() &&
                         parsed.authority.find_first_of("/?#@ ") == std::string_view::npos);
}

}  // namespace ws_demo
