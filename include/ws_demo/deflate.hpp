#pragma once

// permessage-deflate (RFC 7692): what the server agrees to, and the compressing. Beast does the
// rest.
//
// The server promises to forget its window after each message (server_no_context_takeover), so that
// an event for thousands is compressed once, and no peer has a compressor. The client's window
// costs memory in each peer and is kept small; a client that does not let the server choose (it
// offers no client_max_window_bits) would cost 32 KiB, and its offer is declined.

#include "ws_demo/http.hpp"
#include "ws_demo/options.hpp"
#include "ws_demo/outbox.hpp"

#include <boost/beast/websocket/option.hpp>

#include <optional>
#include <string_view>

namespace ws_demo {

/// For websocket::stream::set_option().
boost::beast::websocket::permessage_deflate deflate_settings(const options& o);

/// Leaves of a handshake's Sec-WebSocket-Extensions the first offer that is valid and that the
/// server agrees to, or nothing. (Beast looks at the first only, does not decline a window of 8
/// bits, which it cannot make, and reads one line of several.)
/// @return the size of the server's window in bits, as deflated() wants it, if there is one.
std::optional<int> choose_deflate_offer(request_head& upgrade);

/// The payload of a compressed message (§7.2.1).
/// @param window_bits 9 to 15: nothing refers back by more than 2 to that power.
shared_text deflated(std::string_view text, int window_bits);

}  // namespace ws_demo
