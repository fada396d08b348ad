// Hosts, authorities and origins, beside a judge that is built otherwise: of regular expressions,
// which are the grammars of RFC 3986 and RFC 6454, word by word. The input is two texts with a line
// break between them; each is judged, and then whether they are the same.

#include "http/authority.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <regex>
#include <string>
#include <string_view>

namespace {

using namespace ws_demo;

/// Longer texts have nothing new, and std::regex would recurse for each byte of them.
constexpr std::size_t longest = 300;

void require(bool holds, const char* what, const std::string& text) {
  if (holds) return;
  std::cerr << what << ": " << text << '\n';
  std::abort();
}

/// RFC 3986 appendix A.
const std::string dec_octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const std::string ipv4 = "(?:(?:" + dec_octet + "\\.){3}" + dec_octet + ")";
const std::string h16 = "(?:[0-9A-Fa-f]{1,4})";
const std::string ls32 = "(?:" + h16 + ":" + h16 + "|" + ipv4 + ")";

/// `[ *most( h16 ":" ) h16 ] "::" count( h16 ":" )`
std::string compressed(int most, int count) {
  const auto before =
      most < 0 ? "" : "(?:(?:" + h16 + ":){0," + std::to_string(most) + "}" + h16 + ")?";
  return before + "::(?:" + h16 + ":){" + std::to_string(count) + "}";
}

const std::string ipv6 = "(?:(?:" + h16 + ":){6}" + ls32 + "|" + compressed(-1, 5) + ls32 + "|" +
                         compressed(0, 4) + ls32 + "|" + compressed(1, 3) + ls32 + "|" +
                         compressed(2, 2) + ls32 + "|" + compressed(3, 1) + ls32 + "|" +
                         compressed(4, 0) + ls32 + "|" + compressed(5, 0) + h16 + "|" +
                         compressed(6, 0) + ")";
const std::string reg_name = "(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*";
const std::string host = "(\\[" + ipv6 + "\\]|" + reg_name + ")";
const std::string authority = host + "(?::([0-9]*))?";
const std::string scheme = "([A-Za-z][A-Za-z0-9+.-]*)";

const std::regex is_ipv4(ipv4);
const std::regex is_host(host);
const std::regex is_authority(authority);
const std::regex is_origin("null|" + scheme + "://" + authority);
/// RFC 6761 section 6.3; and, of what is an IPv6 address, the number one.
const std::regex is_loopback_name_or_ipv6(R"((?:[^.]+\.)*localhost|\[[0:.]*1\])",
                                          std::regex::icase);

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return text;
}

bool on_loopback(const std::string& text) {
  if (std::regex_match(text, is_ipv4)) return text.starts_with("127.");  // RFC 1122 section 3.2.1.3
  return std::regex_match(text, is_loopback_name_or_ipv6);
}

/// Equal for texts of the same host, and only for those.
std::string canonical_host(const std::string& text) {
  if (!text.starts_with('[')) return lower(text);
  std::array<char, 16> bytes{};
  require(::inet_pton(AF_INET6, text.substr(1, text.size() - 2).c_str(), bytes.data()) == 1,
          "not IPv6", text);
  return "[" + std::string(bytes.begin(), bytes.end());
}

/// Without leading zeros; nothing if the number is over 65535.
std::optional<std::string> canonical_port(const std::string& digits) {
  const auto begin = digits.find_first_not_of('0');
  if (begin == std::string::npos) return digits.empty() ? "" : "0";
  auto number = digits.substr(begin);
  if (number.size() > 5 || std::stoi(number) > 65535) return std::nullopt;
  return number;
}

std::string port_text(const uri_authority& parsed) {
  return parsed.port ? std::to_string(*parsed.port) : "";
}

void judge_host(const std::string& text) {
  const auto parsed = parse_host(text);
  require(parsed.has_value() == std::regex_match(text, is_host), "host", text);
  if (!parsed) return;
  require(parsed->text == text, "text of host", text);
  require(parsed->address.has_value() == (text.starts_with('[') || std::regex_match(text, is_ipv4)),
          "address", text);
  require(is_loopback(*parsed) == on_loopback(text), "loopback", text);
}

void judge_authority(const std::string& text) {
  const auto parsed = parse_authority(text);
  std::smatch found;
  const bool matches = std::regex_match(text, found, is_authority);
  const auto port = canonical_port(matches ? found[2].str() : "");
  require(parsed.has_value() == (matches && port), "authority", text);
  if (!parsed || !port) return;
  require(parsed->host.text == found[1].str(), "host of authority", text);
  require(port_text(*parsed) == *port, "port", text);
  judge_host(found[1]);
}

/// Equal for texts of the same origin, and only for those; nothing if it is none.
std::optional<std::string> canonical_origin(const std::string& text) {
  std::smatch found;
  if (!std::regex_match(text, found, is_origin)) return std::nullopt;
  const auto name = lower(found[1]);
  auto port = canonical_port(found[3]);
  if (!port) return std::nullopt;
  if (port->empty() && (name == "http" || name == "ws")) port = "80";
  if (port->empty() && (name == "https" || name == "wss")) port = "443";
  return name + " " + *port + " " + canonical_host(found[2]);
}

void judge_origin(const std::string& text) {
  const auto parsed = parse_origin(text);
  require(parsed.has_value() == canonical_origin(text).has_value(), "origin", text);
  if (parsed) judge_host(std::string(parsed->where.host.text));
}

void judge_pair(const std::string& a, const std::string& b) {
  const auto host_a = parse_host(a);
  const auto host_b = parse_host(b);
  if (host_a && host_b)
    require(is_same_host(*host_a, *host_b) == (canonical_host(a) == canonical_host(b)), "same host",
            a + " " + b);
  const auto origin_a = parse_origin(a);
  const auto origin_b = parse_origin(b);
  if (origin_a && origin_b)
    require(is_same_origin(*origin_a, *origin_b) == (canonical_origin(a) == canonical_origin(b)),
            "same origin", a + " " + b);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > longest) return 0;
  const std::string input(reinterpret_cast<const char*>(data), size);
  const auto end = std::min(input.find('\n'), input.size());
  const std::string first = input.substr(0, end);
  const std::string second = input.substr(std::min(end + 1, input.size()));
  for (const auto& text : {first, second}) {
    judge_host(text);
    judge_authority(text);
    judge_origin(text);
  }
  judge_pair(first, second);
  return 0;
}
