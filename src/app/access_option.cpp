#include "app/access_option.hpp"

#include "common/text.hpp"
#include "events/topic.hpp"
#include "http/authority.hpp"
#include "http/origin.hpp"
#include "net/network.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace ws_demo {
namespace {

constexpr std::string_view scheme_end = "://";

/// Without the quotes that a shell or a file has left, and white space.
std::string_view trimmed(std::string_view text) {
  constexpr std::string_view around = " \t\r\n\"'`";
  const auto begin = text.find_first_not_of(around);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(around) - begin + 1);
}

/// What stands between the scheme of a URL and its path, without `user@`.
std::string_view authority_of(std::string_view url) {
  if (const auto end = url.find(scheme_end); end != std::string_view::npos)
    url.remove_prefix(end + scheme_end.size());
  url = url.substr(0, url.find_first_of("/?#"));
  return url.substr(url.rfind('@') + 1);  // from the start where there is none
}

/// Whether the text is a URL with a misspelt `://`: the host would be `https`.
bool is_scheme(std::string_view host) {
  return std::ranges::any_of(std::array{"http", "https", "ws", "wss", "null"}, [&](const char* s) {
    return equal_ignoring_case(host.substr(0, host.find(':')), s);
  });
}

constexpr const char* for_several = "repeat the option for each";

bool is_list(std::string_view text) {
  return text.find_first_of(" ,;\t\r\n") != std::string_view::npos;
}

/// Advice on what is wrong with an origin and with a host alike; empty if it is something else.
std::string common_advice(std::string_view text) {
  if (std::ranges::any_of(text, [](unsigned char c) { return c > '~'; }))
    return "write a name as browsers send it, in ASCII: xn--bcher-kva.example";
  return is_list(text) ? for_several : "";
}

std::string advice_on_network(const network& n) {
  const auto meant = canonical(n);
  if (meant.prefix_length == 0)
    return "all clients are in it, and each could choose an address; write that of the proxy";
  const auto address = unmapped(n.first);
  auto advice = "write " + meant.first.to_string();
  if (meant.prefix_length < (address.is_v4() ? 32 : 128))
    advice.append("/").append(std::to_string(meant.prefix_length));
  if (address != meant.first)
    advice.append(", or ").append(address.to_string()).append(" for that alone");
  return advice;
}

}  // namespace

bool add_origin(options& o, const std::string& text) {
  o.allowed_origins.push_back(text);
  return is_origin_pattern(text);
}

std::string origin_advice(const std::string& text) {
  const auto url = trimmed(text);
  if (auto advice = common_advice(url); !advice.empty()) return advice;
  const auto where = authority_of(url);
  if (is_scheme(where)) return {};
  if (where == "*") return "write * for any";
  const auto written = [&](std::string_view scheme) {
    return std::string(scheme)
        .append(scheme_end)
        .append(where.starts_with('.') ? "*" : "")
        .append(where);
  };
  const auto end = url.find(scheme_end);
  const auto scheme = url.substr(0, std::min(end, url.size()));
  if (!is_origin_pattern(written("https"))) return {};
  if (end == std::string_view::npos) return "write " + written("https") + " or " + written("http");
  if (equal_ignoring_case(scheme, "ws")) return "write " + written("http");
  if (equal_ignoring_case(scheme, "wss")) return "write " + written("https");
  return is_origin_pattern(written(scheme)) ? "write " + written(scheme) : "";
}

bool add_host(options& o, const std::string& text) {
  o.allowed_hosts.push_back(text);
  return is_host_option(text);
}

std::string host_advice(const std::string& text) {
  const auto url = trimmed(text);
  if (auto advice = common_advice(url); !advice.empty()) return advice;
  const auto text_of_host = authority_of(url);
  if (is_scheme(text_of_host)) return {};
  if (text_of_host.starts_with('*') || text_of_host.starts_with('.'))
    return "it is a whole name; repeat the option for each";
  const auto in_brackets = '[' + std::string(text_of_host) + ']';
  if (is_host_option(in_brackets)) return "write " + in_brackets;
  const auto where = parse_authority(text_of_host);
  return where && is_host_option(where->host.text) ? "write " + std::string(where->host.text) : "";
}

bool add_trusted_proxy(options& o, const std::string& text) {
  o.trusted_proxies.push_back(text);
  return text == unix_prefix || parse_network(text).has_value();
}

std::string trusted_proxy_advice(const std::string& text) {
  const auto where = trimmed(text);
  if (is_list(where)) return for_several;
  if (where == "unix" || where.starts_with(unix_prefix))
    return std::string("write ").append(unix_prefix);
  if (const auto parsed = parse_cidr(where)) return advice_on_network(*parsed);
  const bool has_length = where.find('/') != std::string_view::npos;
  if (has_length && where.find(scheme_end) == std::string_view::npos) return {};
  const auto url = parse_authority(authority_of(where));
  if (url && url->host.address) return "write " + url->host.address->to_string();
  return url && is_host_option(url->host.text) ? "names are not looked up; write its address" : "";
}

bool set_public_topics(options& o, const std::string& text) {
  o.public_topics.clear();
  std::string_view rest = text;
  while (!rest.empty()) o.public_topics.emplace_back(take_item(rest, ','));
  return !text.ends_with(',') &&
         std::ranges::all_of(o.public_topics, [](const auto& t) { return is_pattern(t); });
}

bool set_token_cookie(options& o, const std::string& text) {
  constexpr std::string_view separators = "()<>@,;:\\\"/[]?={} ";
  o.token_cookie = text;
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return c > ' ' && c <= '~' && separators.find(c) == std::string_view::npos;
  });
}

}  // namespace ws_demo
