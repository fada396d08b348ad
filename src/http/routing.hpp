#pragma once

// Which resource an HTTP request is for, and what it gets: an answer, a WebSocket, an event stream,
// or publishing. No I/O, no state.

#include "common/metrics.hpp"
#include "http/cross_origin.hpp"
#include "http/message.hpp"
#include "http/static_files.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ws_demo {

/// A valid opening handshake (RFC 6455 section 4.2.1).
struct websocket_request {};

/// A request for Server-Sent Events.
struct event_stream_request {
  /// Whether its Accept field names text/event-stream, as that of every EventSource does (WHATWG
  /// HTML section 9.2.2), and that of curl does not.
  bool names_type = false;
};

/// A request to publish its body: an event on this topic, or, if that is empty, one event a line.
struct publish_request {
  std::string topic;
  std::string key;  // Idempotency-Key; empty for none
  /// Topics and patterns that it may publish on; empty until that is decided (http/authorize.hpp).
  std::vector<std::string> allowed;
};

/// The resources of the server. What it points to outlives the call.
struct resources {
  /// Served at `/` and below; if empty, the built-in page is. Null on the port for operators, which
  /// has neither page nor events.
  const static_files* page = nullptr;
  /// Whether events may have keys (event_log::knows_keys()).
  bool takes_keys = false;
  /// Served at /metrics; null where that is not served.
  const metrics* counts = nullptr;
  metrics::levels now;  // for /metrics
  /// For /readyz: why no peer would be admitted now; empty if one would.
  std::string_view not_ready;
};

/// A cross_origin_use is what a preflight asks for (Fetch standard, "CORS-preflight request").
using route_result = std::variant<websocket_request, event_stream_request, publish_request,
                                  cross_origin_use, response>;

/// Decides what a request gets whose host is allowed. An answer is complete but for `Connection`.
/// @param has_body whether a body follows the head; only publishing takes one.
route_result route(const request_head& request, bool has_body, const resources& here);

}  // namespace ws_demo
