#pragma once

// Messages as WebSocket frames (RFC 6455 section 5.2): one unmasked frame each. No I/O.

#include "delivery/encoding_cache.hpp"
#include "delivery/frame.hpp"
#include "delivery/message.hpp"

#include <cstddef>

namespace ws_demo {

frame websocket_frame(const message& m);

/// How messages are compressed for a peer with which permessage-deflate (RFC 7692) was agreed.
struct compression {
  int window_bits;
  std::size_t threshold_bytes;
};

/// The same; data messages of at least the threshold, and at most 64 KiB, are compressed.
frame compressed_websocket_frame(const message& m, const compression& how,
                                 encoding_cache& encodings);

}  // namespace ws_demo
