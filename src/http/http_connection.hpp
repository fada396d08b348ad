#pragma once

// The HTTP requests of a connection, one after the other, until it closes or one of them opens a
// WebSocket or an event stream.

#include "http/authorize.hpp"
#include "http/server_context.hpp"
#include "net/admission.hpp"
#include "net/asio.hpp"
#include "net/connection.hpp"

namespace ws_demo {

/// Serves a connection to its end.
/// @param c, at, server and via outlive the coroutine. Nothing that the peer sends makes it throw.
/// @param at the connection's place, which it may lose while it is idle
task<void> serve_http(connection& c, admission::place& at, server_context& server,
                      const listener_kind& via);

}  // namespace ws_demo
