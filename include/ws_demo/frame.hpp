#pragma once

// What a message looks like on the wire of a WebSocket (RFC 6455 §5.2), as a server sends it: one
// unmasked frame. Pure: no I/O.

#include "ws_demo/outbox.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace ws_demo {

/// What goes out for one message, as long as that lives: the head, then the body.
struct frame {
  std::array<char, 10> head;  // uninitialized, but for as much as there is
  std::size_t head_bytes = 0;
  std::string_view body;

  std::size_t size() const { return head_bytes + body.size(); }
};

/// How the messages of one peer become frames. It may set message::encoded.
using framing = std::function<frame(message& m)>;

/// What was made last for a text that many share, so that it is made once where they ask for it one
/// after the other.
class last_encoding {
 public:
  /// Sets message::encoded where there is none.
  /// @param make shared_text(const message&)
  template <class Make>
  void encode(message& m, const Make& make) {
    if (m.encoded) return;
    if (!m.shared) {
      m.encoded = make(m);
    } else {
      if (source_.lock() != m.shared) {
        made_ = make(m);
        source_ = m.shared;
      }
      m.encoded = made_;
    }
  }

 private:
  std::weak_ptr<const std::string> source_;
  shared_text made_;
};

frame websocket_frame(message& m);

/// What was agreed with a peer that understands permessage-deflate (RFC 7692), and what is worth
/// it.
struct compression {
  int window_bits;
  std::size_t threshold_bytes;
};

/// The same, compressed where it is data of at least so many bytes, and at most 64 KiB.
frame compressed_websocket_frame(message& m, const compression& how);

}  // namespace ws_demo
