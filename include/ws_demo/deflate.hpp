#pragma once

// What of permessage-deflate (RFC 7692) the server agrees to. Pure: no I/O, no state.
//
// A peer that compresses with the windows of 32 KiB that both ends may choose costs about 190 KB.
// These settings keep it below 32 KB, and decline what would not: where a client does not let the
// server limit its window (it offers no client_max_window_bits, as Firefox), that window alone
// would be 32 KiB.

#include "ws_demo/http.hpp"
#include "ws_demo/options.hpp"

#include <boost/beast/websocket/option.hpp>

namespace ws_demo {

/// For websocket::stream::set_option().
boost::beast::websocket::permessage_deflate deflate_settings(const options& o);

/// Leaves of a handshake's Sec-WebSocket-Extensions the first offer that is valid and that the
/// server agrees to, or nothing. (Beast looks at the first only, does not decline a window of 8
/// bits, which it cannot make, and reads one line of several.)
void choose_deflate_offer(request_head& upgrade);

}  // namespace ws_demo
