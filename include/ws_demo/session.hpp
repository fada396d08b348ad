#pragma once

// One WebSocket peer's life, from its upgrade request to its last line in the log.

#include "ws_demo/connection.hpp"
#include "ws_demo/http.hpp"
#include "ws_demo/metrics.hpp"
#include "ws_demo/options.hpp"
#include "ws_demo/sources.hpp"
#include "ws_demo/subscription.hpp"

namespace ws_demo {

/// Accepts the upgrade, then pushes and echoes until the peer or the server closes. The arguments
/// that are references outlive the coroutine. Whatever the peer does ends here and does not throw.
task<void> serve_peer(connection& c, request_head upgrade, subscription wanted,
                      const options& limits, sources& from, metrics& counts);

}  // namespace ws_demo
