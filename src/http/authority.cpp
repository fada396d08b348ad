#include "http/authority.hpp"

#include "common/text.hpp"
#include "net/network.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <system_error>

namespace ws_demo {
namespace {

// Not isalnum(3) and its like: they depend on the locale.
bool is_decimal_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_hex_digit(char c) {
  return is_decimal_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// `scheme` of RFC 3986 section 3.1.
bool is_scheme(std::string_view text) {
  constexpr std::string_view others = "+-.";
  return !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, [others](char c) {
    return is_letter(c) || is_decimal_digit(c) || others.find(c) != std::string_view::npos;
  });
}

/// `reg-name` of RFC 3986 section 3.2.2: unreserved, sub-delims and percent-encoded bytes.
bool is_registered_name(std::string_view text) {
  constexpr std::string_view others = "-._~!$&'()*+,;=";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3 || !is_hex_digit(text[i + 1]) || !is_hex_digit(text[i + 2]))
        return false;
      i += 2;
    } else if (!is_letter(c) && !is_decimal_digit(c) && others.find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

std::optional<std::uint16_t> port_of(const web_origin& origin) {
  if (origin.where.port) return origin.where.port;
  if (equal_ignoring_case(origin.scheme, "http") || equal_ignoring_case(origin.scheme, "ws"))
    return 80;
  if (equal_ignoring_case(origin.scheme, "https") || equal_ignoring_case(origin.scheme, "wss"))
    return 443;
  return std::nullopt;
}

}  // namespace

std::optional<uri_host> parse_host(std::string_view text) {
  if (!text.starts_with('[')) {
    if (!is_registered_name(text)) return std::nullopt;
    return uri_host{text, parse_address(text)};  // without a colon it is IPv4, if an address
  }
  if (!text.ends_with(']')) return std::nullopt;
  const auto address = parse_address(text.substr(1, text.size() - 2));
  if (!address || !address->is_v6()) return std::nullopt;
  return uri_host{text, address};
}

std::optional<uri_authority> parse_authority(std::string_view text) {
  const auto colon = text.find(':', text.starts_with('[') ? text.find(']') : 0);
  const auto host = parse_host(text.substr(0, colon));
  if (!host) return std::nullopt;
  if (colon == std::string_view::npos || colon + 1 == text.size()) return uri_authority{*host, {}};
  const auto digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return uri_authority{*host, port};
}

std::optional<web_origin> parse_origin(std::string_view text) {
  if (text == "null") return web_origin{};
  constexpr std::string_view separator = "://";
  const auto scheme_end = text.find(separator);
  if (scheme_end == std::string_view::npos || !is_scheme(text.substr(0, scheme_end)))
    return std::nullopt;
  const auto where = parse_authority(text.substr(scheme_end + separator.size()));
  if (!where) return std::nullopt;
  return web_origin{text.substr(0, scheme_end), *where};
}

bool is_same_host(const uri_host& a, const uri_host& b) {
  return a.address || b.address ? a.address == b.address : equal_ignoring_case(a.text, b.text);
}

bool is_same_origin(const web_origin& a, const web_origin& b) {
  return equal_ignoring_case(a.scheme, b.scheme) && is_same_host(a.where.host, b.where.host) &&
         port_of(a) == port_of(b);
}

bool is_loopback(const uri_host& host) {
  constexpr std::string_view localhost = "localhost";
  if (host.address) return host.address->is_loopback();
  auto name = host.text;
  if (name.size() < localhost.size() ||
      !equal_ignoring_case(name.substr(name.size() - localhost.size()), localhost))
    return false;
  name.remove_suffix(localhost.size());  // what is left is labels, each with its dot
  return name.empty() || (name.ends_with('.') && !name.starts_with('.') &&
                          name.find("..") == std::string_view::npos);
}

}  // namespace ws_demo
