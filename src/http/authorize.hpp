#pragma once

// Who may: the one place that decides whether a request is served, for WebSocket, Server-Sent
// Events and publishing alike. Each rejection is counted and logged.

#include "delivery/subscriber.hpp"
#include "events/subscription.hpp"
#include "http/message.hpp"
#include "http/routing.hpp"
#include "http/server_context.hpp"
#include "net/asio.hpp"
#include "net/connection.hpp"

#include <cstdint>
#include <optional>

namespace ws_demo {

/// What a connection may ask for depends on the listener that accepted it.
struct listener_kind {
  bool on_loopback = false;
  /// The port for operators, which serves neither page nor events.
  bool for_operators = false;
};

/// A request as far as it matters for the decision. What it refers to outlives it.
struct authorization_request {
  server_context& server;
  connection& link;
  const listener_kind& via;
  const request_head& head;
};

/// 400 if the request does not say validly which host it is for, 403 if that is not the server's
/// own (DNS rebinding); nothing if it may be served.
std::optional<response> authorize_host(const authorization_request& r);

/// 403 if the request comes from a page of another site that may not use the server; nothing if it
/// may be served.
std::optional<response> authorize_origin(const authorization_request& r);

/// The rejection, if the request may not publish: 403 from a page of another site, 503 while memory
/// is short, before the body is read; 401 or 403 by its token or the program's decision. Otherwise
/// sets where it may publish.
/// @param r outlives the coroutine, as publication does.
task<std::optional<response>> authorize_publication(const authorization_request& r,
                                                    publish_request& publication);

/// While memory is short. Counted and logged, and the connection is closed.
response reject_for_memory(server_context& server, const connection& link);

/// How a peer is told that it cannot be served now, but may be later.
enum class refusal_form : std::uint8_t {
  /// 503 or 429, with Retry-After.
  status,
  /// 200, and a stream that ends at once: from any other status an EventSource never comes back.
  event_stream
};

/// The rejection, if the request may not open a WebSocket or an event stream: for good because of
/// its origin (403), for now while the server shuts down or is full (503), or where its address has
/// too many peers (429).
/// @param form of a rejection for now; its connection is closed, because nobody uses it until then.
std::optional<response> authorize_peer(const authorization_request& r, refusal_form form);

/// The rejection, if the request may not subscribe to what it wants, by its token or the program's
/// decision: 401, 403, or, for now, 429 or 503. Otherwise narrows what it wants to what is allowed.
/// Others may have come meanwhile: authorize_peer() is to be asked again.
/// @param r outlives the coroutine, as wanted and who do.
/// @param form of a rejection for now
/// @param who is set to whom the peer is
task<std::optional<response>> authorize_subscription(const authorization_request& r,
                                                     refusal_form form, subscription& wanted,
                                                     peer_identity& who);

}  // namespace ws_demo
