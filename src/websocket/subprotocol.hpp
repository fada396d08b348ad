#pragma once

// The subprotocols that a client offers (RFC 6455 section 1.9). Pure: no I/O, no state.

#include "websocket/upgrade_request.hpp"

#include <string>
#include <string_view>

namespace ws_demo {

/// The one that the server speaks.
inline constexpr std::string_view own_subprotocol = "ws-demo.v1";

/// Whether the client offers it.
bool offers_own_subprotocol(const upgrade_request& request);

/// The token that it offers as `bearer.<token>`, because a browser cannot set other fields; empty
/// if none. It is no subprotocol, and never selected. It refers to the request.
std::string_view offered_token(const upgrade_request& request);

}  // namespace ws_demo
