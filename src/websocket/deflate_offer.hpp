#pragma once

// Negotiation of permessage-deflate (RFC 7692 section 7). No I/O.
//
// Both sides promise to forget their window after each message. The server's promise
// (server_no_context_takeover): an event for thousands is compressed once, and no peer has a
// compressor of its own. The client's (client_no_context_takeover): a peer has an inflater, of up
// to 32 KiB, only while a compressed message of its is being read. So the client's window need not
// be limited, which only clients that offer client_max_window_bits would allow.

#include "websocket/upgrade_request.hpp"

#include <optional>
#include <string>

namespace ws_demo {

/// The first valid offer in the handshake's Sec-WebSocket-Extensions is accepted.
/// @return the size of the server's window in bits (8 to 15), if there is one.
std::optional<int> choose_deflate_offer(const upgrade_request& request);

/// The answer's Sec-WebSocket-Extensions.
std::string deflate_answer(int server_window_bits);

}  // namespace ws_demo
