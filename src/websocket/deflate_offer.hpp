#pragma once

// Negotiation of permessage-deflate (RFC 7692 section 7). No I/O.
//
// The server promises to forget its window after each message (server_no_context_takeover), so that
// an event for thousands is compressed once, and no peer has a compressor of its own. The client's
// window takes memory in each peer and is kept small. A client that does not let the server choose
// (that offers no client_max_window_bits) would take 32 KiB: its offer is declined.

#include "websocket/upgrade_request.hpp"
#include "ws_demo/options.hpp"

#include <boost/beast/websocket/option.hpp>

#include <optional>

namespace ws_demo {

/// For websocket::stream::set_option().
boost::beast::websocket::permessage_deflate deflate_settings(const options& o);

/// Replaces the handshake's Sec-WebSocket-Extensions by the first valid offer that the server
/// accepts, or removes it. (Beast looks at the first offer and the first line only, and does not
/// decline a window of 8 bits, which it cannot make.)
/// @return the size of the server's window in bits, for deflated(), if an offer is accepted.
std::optional<int> choose_deflate_offer(upgrade_request& request);

}  // namespace ws_demo
