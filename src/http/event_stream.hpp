#pragma once

// A subscriber's life over Server-Sent Events (WHATWG HTML, "Server-sent events"), from the request
// to the last line in the log: for clients that cannot or need not speak WebSocket.

#include "delivery/subscriber.hpp"
#include "events/subscription.hpp"
#include "http/message.hpp"
#include "net/asio.hpp"
#include "net/connection.hpp"

namespace ws_demo {

/// Answers, then pushes until the peer or the server closes.
/// @param c and context outlive the coroutine. Nothing that the peer sends makes it throw.
task<void> serve_event_stream(connection& c, request_head request, subscription wanted,
                              const delivery_context& context);

}  // namespace ws_demo
