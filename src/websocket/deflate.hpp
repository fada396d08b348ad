#pragma once

// Compressing messages for permessage-deflate (RFC 7692), by the system's zlib. No I/O.

#include "delivery/encoding_cache.hpp"

#include <string_view>

namespace ws_demo {

/// The payload of a compressed message (RFC 7692 section 7.2.1).
/// @param window_bits 8 to 15: no reference goes back further than 2 to that power.
/// @throws std::bad_alloc
shared_text deflated(std::string_view text, int window_bits);

}  // namespace ws_demo
