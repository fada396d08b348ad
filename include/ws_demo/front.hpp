#pragma once

// The HTTP side of a connection: answer requests, refuse what is wrong, hand an upgrade on.

#include "ws_demo/connection.hpp"
#include "ws_demo/options.hpp"
#include "ws_demo/static_files.hpp"

namespace ws_demo {

/// Serves a connection to its end: HTTP requests, one after the other, and the WebSocket that one
/// of them may become. All arguments outlive the coroutine. Whatever the peer sends ends here and
/// does not throw.
task<void> serve(connection& c, const options& limits, const static_files& page);

}  // namespace ws_demo
