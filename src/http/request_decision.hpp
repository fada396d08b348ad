#pragma once

// What a request gets: who may, and which resource it is for, put together.

#include "delivery/subscriber.hpp"
#include "events/subscription.hpp"
#include "http/authorize.hpp"
#include "http/message.hpp"
#include "http/origin.hpp"
#include "http/routing.hpp"
#include "net/asio.hpp"

#include <variant>

namespace ws_demo {

/// A request that opens a WebSocket or an event stream.
struct peer_request {
  request_head head;
  subscription wanted;
  bool is_event_stream = false;
  origin_access access = origin_access::none;  // of the page that asks
  peer_identity who;
};

/// A request for a WebSocket that is opened only to say why it is closed: a browser cannot see why
/// a handshake failed.
struct refused_upgrade {
  request_head head;
  close_reason why;
};

using request_decision = std::variant<peer_request, refused_upgrade, publish_request, response>;

/// The heads of the first two are left to the caller, who owns the request.
/// @param who outlives the coroutine.
/// @param has_body whether a body follows the head
/// @param has_more whether more has come than the head
task<request_decision> decide_request(const authorization_request& who, bool has_body,
                                      bool has_more);

}  // namespace ws_demo
