#pragma once

// One subscriber over Server-Sent Events, from the request to the last line in the log: for what
// cannot or need not speak WebSocket. (WHATWG HTML, "Server-sent events".)

#include "ws_demo/connection.hpp"
#include "ws_demo/http.hpp"
#include "ws_demo/metrics.hpp"
#include "ws_demo/options.hpp"
#include "ws_demo/sources.hpp"
#include "ws_demo/subscription.hpp"

namespace ws_demo {

/// Answers, then pushes until the subscriber or the server ends it. The arguments that are
/// references outlive the coroutine. Whatever the subscriber does ends here and does not throw.
task<void> stream_events(connection& c, request_head asked, subscription wanted,
                         const options& limits, sources& from, metrics& counts);

}  // namespace ws_demo
