#pragma once

// What the kernel knows about the traffic of a connection. No state; the socket stays the caller's.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace ws_demo {

/// Read with TCP_INFO (tcp(7)).
struct tcp_traffic {
  std::chrono::milliseconds since_received;      // since the peer last sent data
  std::chrono::milliseconds since_acknowledged;  // since it last acknowledged some
  std::uint64_t acknowledged_bytes;              // of all that it was sent (RFC 4898)
  /// The peer has room for more, and has acknowledged all that is under way: what is not sent yet
  /// waits for the kernel on this side, which sends no part of a packet into a small window.
  bool has_room;
};

/// Nothing of a Unix-domain socket, of which the kernel does not say.
std::optional<tcp_traffic> traffic_of(int socket);

/// Bytes that were written and that the peer has not acknowledged, sent or not. Of a Unix-domain
/// socket, what is not read yet takes so many bytes of memory.
std::size_t unacknowledged_bytes(int socket);

}  // namespace ws_demo
