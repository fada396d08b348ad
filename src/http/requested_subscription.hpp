#pragma once

// What a request for a WebSocket or an event stream subscribes to.

#include "events/subscription.hpp"
#include "http/message.hpp"
#include "ws_demo/options.hpp"

#include <string>
#include <variant>

namespace ws_demo {

/// By the query, and the field Last-Event-ID: a browser that reconnects an EventSource repeats the
/// request, with the id of the last event in that field.
/// @returns why it cannot, if it cannot
std::variant<subscription, std::string> requested_subscription(const request_head& request,
                                                               const options& limits);

}  // namespace ws_demo
