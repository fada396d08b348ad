#include "net/network.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <stdexcept>
#include <system_error>

namespace ws_demo {
namespace {

constexpr int ipv4_bits = 32;
constexpr int ipv6_bits = 128;

template <class Bytes>
Bytes first_bits(Bytes bytes, int count) {
  for (auto& byte : bytes) {
    const int kept = std::clamp(count, 0, 8);
    byte = static_cast<unsigned char>(byte & (0xff00 >> kept));
    count -= kept;
  }
  return bytes;
}

}  // namespace

/// inet_pton(3) is as strict as RFC 3986: no leading zeros, no short forms.
std::optional<asio::ip::address> parse_address(std::string_view text) {
  constexpr std::string_view expected = "0123456789abcdefABCDEF:.";
  std::array<char, 46> terminated{};  // the longest IPv6 address has 45 characters
  if (text.size() >= terminated.size() ||
      text.find_first_not_of(expected) != std::string_view::npos)
    return std::nullopt;
  std::ranges::copy(text, terminated.begin());
  error_code ec;
  std::optional<asio::ip::address> address = asio::ip::make_address(terminated.data(), ec);
  if (ec) address.reset();
  return address;
}

asio::ip::address unmapped(const asio::ip::address& a) {
  if (!a.is_v6() || !a.to_v6().is_v4_mapped()) return a;
  return asio::ip::make_address_v4(asio::ip::v4_mapped, a.to_v6());
}

asio::ip::address network_address(const asio::ip::address& a, int prefix_length) {
  if (a.is_v4()) return asio::ip::address_v4(first_bits(a.to_v4().to_bytes(), prefix_length));
  return asio::ip::address_v6(first_bits(a.to_v6().to_bytes(), prefix_length));
}

std::optional<network> parse_cidr(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  const int bits = address->is_v4() ? ipv4_bits : ipv6_bits;
  if (slash == std::string_view::npos) return network{*address, bits};
  const auto digits = text.substr(slash + 1);
  unsigned char length = 0;  // which has no sign
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (error != std::errc{} || end != digits.data() + digits.size() || length > bits)
    return std::nullopt;
  return network{*address, length};
}

network canonical(const network& n) {
  const auto meant = unmapped(n.first);
  const bool was_mapped = meant.is_v4() && !n.first.is_v4();
  const int length =
      was_mapped ? std::max(n.prefix_length - (ipv6_bits - ipv4_bits), 0) : n.prefix_length;
  return {network_address(meant, length), length};
}

std::optional<network> parse_network(std::string_view text) {
  auto parsed = parse_cidr(text);
  if (parsed && (parsed->prefix_length == 0 || canonical(*parsed) != *parsed)) parsed.reset();
  return parsed;
}

network_list::network_list(const std::vector<std::string>& networks) {
  for (const auto& text : networks) {
    if (text == unix_prefix) {
      has_unix_ = true;
      continue;
    }
    const auto parsed = parse_network(text);
    if (!parsed) throw std::invalid_argument("not a network, or one of all addresses: " + text);
    all_.push_back(*parsed);
  }
}

bool network_list::contains(const asio::ip::address& a) const {
  if (a.is_unspecified()) return has_unix_;
  const auto address = unmapped(a);
  return std::ranges::any_of(all_, [&address](const network& n) {
    return network_address(address, n.prefix_length) == n.first;
  });
}

}  // namespace ws_demo
