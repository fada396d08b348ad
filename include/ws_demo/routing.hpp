#pragma once

// What an HTTP request gets: an answer, or a WebSocket. Pure: no I/O, no state.

#include "ws_demo/http.hpp"
#include "ws_demo/metrics.hpp"
#include "ws_demo/static_files.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace ws_demo {

/// The request is a valid opening handshake (RFC 6455 §4.2.1) for a path that takes one.
struct upgrade {};

/// The request asks for Server-Sent Events.
struct event_stream {};

/// The request asks to publish what its body holds: an event on this topic, or, where that is
/// empty, lines of them.
struct publication {
  std::string topic;
};

/// What there is to be had. What it points to outlives the call.
struct resources {
  /// Served at `/` and below; where it is empty, the built-in page is. Null for operators, who get
  /// neither page nor WebSocket.
  const static_files* page = nullptr;
  /// What whoever publishes must know (options::publish_token); empty: nobody may.
  std::string_view publish_token;
  /// Served at /metrics; null where they are not to be had.
  const metrics* counts = nullptr;
  /// How many there are now.
  std::size_t peers = 0;
  /// Why no peer would be taken just now, for /readyz; empty if one would.
  std::string_view not_ready;
};

using route_result = std::variant<upgrade, event_stream, publication, response>;

/// Decides what the request gets. The answer is complete but for `Connection`.
/// @param has_body whether a body follows the head; none but a publication takes one.
route_result route(const request_head& request, bool has_body, const resources& here);

}  // namespace ws_demo
