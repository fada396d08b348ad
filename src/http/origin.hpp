#pragma once

// Checks of the Origin and Host header fields. Pure: no I/O, no state.
//
// A browser lets any page open a WebSocket to any server, with the user's cookies, and only names
// the page's origin in `Origin` (cross-site WebSocket hijacking: RFC 6455 section 10.2). An
// attacker who points a name of his own at 127.0.0.1 makes his page "the same origin" as a server
// that listens there (DNS rebinding); `Host` has that name then.

#include "http/message.hpp"
#include "ws_demo/options.hpp"

#include <string_view>

namespace ws_demo {

/// Whether the request's origin is allowed: there is none (a program sent it), it is the request's
/// own host, it is in options::allowed_origins, or both server and page are on loopback.
bool origin_allowed(const request_head& request, const options& o, bool server_is_on_loopback);

/// Whether the request's Host is allowed. A server that listens on loopback allows loopback names
/// and addresses, and options::allowed_hosts; any other server allows all.
bool host_allowed(const request_head& request, const options& o, bool server_is_on_loopback);

/// Whether the text is an origin: `scheme://host[:port]`, or `*` for any.
bool is_origin_pattern(std::string_view text);

}  // namespace ws_demo
