#pragma once

// A WebSocket peer's life, from its upgrade request to its last line in the log.

#include "delivery/subscriber.hpp"
#include "events/subscription.hpp"
#include "net/asio.hpp"
#include "net/connection.hpp"
#include "websocket/upgrade_request.hpp"

namespace ws_demo {

/// Accepts the upgrade, then echoes and pushes until the peer or the server closes.
/// @param c and context outlive the coroutine. Nothing that the peer sends makes it throw.
task<void> serve_websocket(connection& c, upgrade_request request, subscription wanted,
                           peer_identity who, const delivery_context& context);

/// Accepts the upgrade only to say why it is closed. The peer is not counted as one.
/// @param c and context outlive the coroutine. Nothing that the peer sends makes it throw.
task<void> refuse_websocket(connection& c, upgrade_request request, close_reason why,
                            const delivery_context& context);

}  // namespace ws_demo
