#pragma once

// Hosts, authorities and origins as Host, Origin, a request's target and the options have them:
// parsed as a whole, or refused. What was parsed refers to the text. Pure: no I/O, no state, no
// allocation.

#include "net/asio.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace ws_demo {

/// A host (RFC 3986 section 3.2.2): a name, or an IPv4 or IPv6 address.
struct uri_host {
  /// As it was written, an IPv6 address in its brackets.
  std::string_view text;
  /// Nothing of a name. `127.1`, `0x7f000001` and `2130706433` are names: only four decimal numbers
  /// are an IPv4 address.
  std::optional<asio::ip::address> address;
};

/// A host and its port (RFC 3986 section 3.2.3).
struct uri_authority {
  uri_host host;
  /// Nothing where there is none, or an empty one (`localhost:`).
  std::optional<std::uint16_t> port;
};

/// An origin (RFC 6454 section 7). Scheme and host are empty of `null`.
struct web_origin {
  std::string_view scheme;
  uri_authority where;
};

/// Nothing where the text is not a host. An empty text is one, as in RFC 3986. IPv6 zones and the
/// addresses of future versions (`[v1.x]`) are refused: nothing that we compare can have them.
std::optional<uri_host> parse_host(std::string_view text);

/// `host[:port]`, the port in decimal and at most 65535. There is no `user@`.
std::optional<uri_authority> parse_authority(std::string_view text);

/// `null`, or `scheme://host[:port]` and nothing after it.
std::optional<web_origin> parse_origin(std::string_view text);

/// Names are compared without case, addresses by value. A name that ends with a dot is another than
/// the one without, as it is for browsers: their origins differ.
bool is_same_host(const uri_host& a, const uri_host& b);

/// Whether scheme, host and port are the same; a port that is not given is the scheme's own.
bool is_same_origin(const web_origin& a, const web_origin& b);

/// Whether it is an address of loopback, `localhost`, or a name below that (RFC 6761 section 6.3).
bool is_loopback(const uri_host& host);

}  // namespace ws_demo
