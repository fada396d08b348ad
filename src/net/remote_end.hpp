#pragma once

// The other end of a connection, for the log and for what is counted by address. A plain value.

#include "net/asio.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace ws_demo {

/// How a Unix-domain socket is written: before its path, and before the number of a connection.
inline constexpr std::string_view unix_prefix = "unix:";

struct remote_end {
  /// Unspecified (0.0.0.0) for a process of this machine that came over a Unix-domain socket: it
  /// has none.
  asio::ip::address address;
  /// Its port, or a number that tells it from other such processes.
  std::uint32_t number = 0;

  bool is_unix() const { return address.is_unspecified(); }
};

/// "127.0.0.1:50412", "[::1]:50412", "unix:17".
std::string to_string(const remote_end& end);

}  // namespace ws_demo
