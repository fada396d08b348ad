#pragma once

// What of permessage-deflate (RFC 7692) the server agrees to. Pure: no I/O, no state.
//
// With the windows of 32 KiB that both ends may choose, a peer costs about 190 KB more. These
// settings keep it below 32 KB in all, and decline what would not: where a client does not let the
// server limit its window (it offers no client_max_window_bits, as Firefox), that window alone is
// 32 KiB.

#include "ws_demo/http.hpp"
#include "ws_demo/options.hpp"

#include <boost/beast/websocket/option.hpp>

#include <cstddef>

namespace ws_demo {

/// For websocket::stream::set_option().
boost::beast::websocket::permessage_deflate deflate_settings(const options& o);

/// For websocket::stream::write_buffer_bytes(): where compressed bytes wait to be sent, as a frame.
inline constexpr std::size_t deflate_buffer_bytes = 1024;

/// Leaves of a handshake's Sec-WebSocket-Extensions the first offer that is valid and that the
/// server agrees to, or nothing. (Beast looks at the first only, does not decline a window of 8
/// bits, which it cannot make, and reads one line of several.)
void choose_deflate_offer(request_head& upgrade);

}  // namespace ws_demo
