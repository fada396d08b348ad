#pragma once

// Which pages and which names may reach the server. Pure: no I/O, no state.
//
// A browser lets any page open a WebSocket to any server, with the reader's cookies, and only says
// in `Origin` whose page it is (cross-site WebSocket hijacking: RFC 6455 §10.2). And a name that an
// attacker points at 127.0.0.1 makes his page one of "the same origin" as a server that only
// listens there (DNS rebinding), which `Host` gives away.

#include "http/message.hpp"
#include "ws_demo/options.hpp"

#include <string_view>

namespace ws_demo {

/// Whether the page that asks, if it is one, may: there is no Origin (a program), or it is the
/// request's own host, or options::allowed_origins has it, or both server and page are on loopback.
bool origin_allowed(const request_head& request, const options& o, bool server_is_on_loopback);

/// Whether the name that the server was called by is one of its own. Asked only of a server that
/// listens on loopback: a loopback name or address, or one that options::allowed_hosts has.
bool host_allowed(const request_head& request, const options& o, bool server_is_on_loopback);

/// Whether the text can be an Origin: `scheme://host[:port]`, or `*` for any.
bool is_origin_pattern(std::string_view text);

}  // namespace ws_demo
