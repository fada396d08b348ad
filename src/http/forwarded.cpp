#include "http/forwarded.hpp"

#include "common/text.hpp"
#include "http/authority.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

namespace ws_demo {
namespace {

constexpr std::string_view x_forwarded_for = "X-Forwarded-For";
constexpr std::string_view forwarded = "Forwarded";
/// In a chain: a client may claim any number of them.
constexpr int max_proxies = 32;

/// The address that an entry names: with or without a port, and IPv6, without one, also without
/// brackets.
std::optional<asio::ip::address> node_address(std::string_view node) {
  auto address = parse_address(node);
  if (!address)
    if (const auto with_port = parse_authority(node)) address = with_port->host.address;
  if (address) address = unmapped(*address);
  if (address && address->is_unspecified()) address.reset();  // which nobody has
  return address;
}

/// Takes a token (RFC 9110 section 5.6.2) off the text; nothing where there is none.
std::optional<std::string_view> take_token(std::string_view& text) {
  constexpr std::string_view token =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const auto taken = text.substr(0, text.find_first_not_of(token));
  if (taken.empty()) return std::nullopt;
  text.remove_prefix(taken.size());
  return taken;
}

/// Takes a quoted string (RFC 9110 section 5.6.4) off the text, which begins with its quote.
/// @returns what it quotes, escapes and all, because no address has any; nothing if it does not end
std::optional<std::string_view> take_quoted(std::string_view& text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      const auto quoted = text.substr(1, i - 1);
      text.remove_prefix(i + 1);
      return quoted;
    }
  }
  return std::nullopt;
}

void skip_white_space(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
}

/// What `for` says in an element of Forwarded (RFC 7239 section 4). Nothing where it is missing or
/// repeated, or where the element is malformed.
std::optional<std::string_view> node_of_element(std::string_view element) {
  std::optional<std::string_view> node;
  for (;;) {
    skip_white_space(element);
    if (!element.empty() && element.front() != ';') {
      const auto name = take_token(element);
      if (!name || !element.starts_with('=')) return std::nullopt;
      element.remove_prefix(1);
      const auto value = element.starts_with('"') ? take_quoted(element) : take_token(element);
      if (!value) return std::nullopt;
      if (equal_ignoring_case(*name, "for")) {
        if (node) return std::nullopt;
        node = value;
      }
      skip_white_space(element);
    }
    if (element.empty()) return node;
    if (element.front() != ';') return std::nullopt;
    element.remove_prefix(1);
  }
}

std::optional<asio::ip::address> address_in(std::string_view entry, std::string_view field) {
  if (field == x_forwarded_for) return node_address(take_item(entry, ','));
  const auto node = node_of_element(entry);
  return node ? node_address(*node) : std::nullopt;
}

/// Reads a chain of proxies from its end, one entry after the other, and no further than it has to.
/// A comma ends an entry of Forwarded also in a quoted string, which cannot hold an address then:
/// read from the end, half of a quoted string is malformed, whatever a client has put there.
asio::ip::address client_in(std::string_view field, const request_head& head,
                            const asio::ip::address& from, const network_list& trusted_proxies) {
  auto client = from;
  int left = max_proxies;
  const auto [first, last] = head.equal_range({field.data(), field.size()});
  for (auto line = last; line != first;) {
    --line;
    std::string_view list(line->value().data(), line->value().size());
    for (auto comma = list.size(); comma != std::string_view::npos;) {
      list = list.substr(0, comma);
      comma = list.rfind(',');
      const auto address = address_in(list.substr(comma + 1), field);  // npos + 1 is 0
      if (!address) return client;
      client = *address;
      --left;
      if (left == 0 || !trusted_proxies.contains(client)) return client;
    }
  }
  return client;
}

}  // namespace

asio::ip::address client_address(const request_head& head, const asio::ip::address& from,
                                 const network_list& trusted_proxies) {
  if (!trusted_proxies.contains(from)) return from;
  const auto client = [&](std::string_view field) {
    return client_in(field, head, from, trusted_proxies);
  };
  const auto has = [&](std::string_view field) {
    return head.count({field.data(), field.size()}) > 0;
  };
  if (!has(forwarded)) return client(x_forwarded_for);
  if (!has(x_forwarded_for)) return client(forwarded);
  const auto named = client(x_forwarded_for);
  return named == client(forwarded) ? named : from;
}

}  // namespace ws_demo
