#pragma once

// A subscriber's life over Server-Sent Events (WHATWG HTML, "Server-sent events"), from the request
// to the last line in the log: for clients that cannot or need not speak WebSocket.
//
// A browser's EventSource comes back after a lost connection and after the end of a stream, but
// after any status but 200 it never does (WHATWG HTML section 9.2.3). It waits as long as the last
// `retry` field said, without a random part of its own, so the server sends each a random time.

#include "delivery/subscriber.hpp"
#include "events/subscription.hpp"
#include "http/message.hpp"
#include "http/origin.hpp"
#include "net/asio.hpp"
#include "net/connection.hpp"

#include <string_view>

namespace ws_demo {

/// Answers, then pushes until the peer or the server closes.
/// @param access of the page that asks, to the stream
/// @param c and context outlive the coroutine. Nothing that the peer sends makes it throw.
task<void> serve_event_stream(connection& c, request_head request, subscription wanted,
                              origin_access access, peer_identity who,
                              const delivery_context& context);

/// The answer to a client for which there is no place now: a stream of two blocks, when to come
/// back and, as `$closed`, why.
response refused_event_stream(const request_head& request, std::string_view why);

}  // namespace ws_demo
