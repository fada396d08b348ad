#pragma once

// IP addresses, and the networks that they belong to. Pure: no I/O, no state but a list's own.

#include "net/asio.hpp"
#include "net/remote_end.hpp"

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ws_demo {

/// Nothing where the text is not an address: four decimal numbers without leading zeros, or IPv6
/// without brackets. Zones (`%eth0`) are refused: nothing that we compare can have them.
std::optional<asio::ip::address> parse_address(std::string_view text);

/// The address of IPv4 that is meant by an IPv4-mapped one of IPv6 (RFC 4291 section 2.5.5.2); any
/// other as it is.
asio::ip::address unmapped(const asio::ip::address& a);

/// The first bits of an address. The others are zero, and there is no zone.
asio::ip::address network_address(const asio::ip::address& a, int prefix_length);

/// The addresses that begin with the same bits (RFC 4632 section 3.1).
struct network {
  asio::ip::address first;
  int prefix_length;
  bool operator==(const network&) const = default;
};

/// `10.0.0.0/8`, or an address for that alone; as it was written, whatever bits follow the prefix.
std::optional<network> parse_cidr(std::string_view text);

/// The network that is meant: with nothing after the prefix, and IPv4 where it is IPv4-mapped.
network canonical(const network& n);

/// The same as parse_cidr(), but nothing where that is not canonical(), or is all addresses: a
/// length of 0.
std::optional<network> parse_network(std::string_view text);

class network_list {
 public:
  /// @param networks or `unix:`, for the processes that come over a Unix-domain socket.
  /// @throws std::invalid_argument for anything else, and for what parse_network() does not take
  explicit network_list(const std::vector<std::string>& networks);

  /// Whether the address is in one of them. An IPv4-mapped one is IPv4. The unspecified one is that
  /// of `unix:` (net/remote_end.hpp).
  bool contains(const asio::ip::address& a) const;

 private:
  std::vector<network> all_;
  bool has_unix_ = false;
};

}  // namespace ws_demo
