#pragma once

// What a message looks like on the wire of a WebSocket (RFC 6455 §5.2), as a server sends it: one
// unmasked frame. Pure: no I/O.

#include "ws_demo/outbox.hpp"

#include <algorithm>
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

/// What was made of the last few texts that many share, so that it is made once where they ask for
/// it one after the other.
class recent_encodings {
 public:
  /// Sets message::encoded where there is none.
  /// @param make shared_text(const message&)
  template <class Make>
  void encode(message& m, const Make& make) {
    if (m.encoded) return;
    if (!m.shared) {
      m.encoded = make(m);
      return;
    }
    auto known = std::ranges::find_if(all_, [&](const encoding& e) {
      return !e.source.owner_before(m.shared) && !m.shared.owner_before(e.source);
    });
    if (known == all_.end()) {
      known = all_.begin() + oldest_;
      *known = {m.shared, make(m)};
      oldest_ = (oldest_ + 1) % most;
    }
    m.encoded = known->made;
  }

 private:
  struct encoding {
    std::weak_ptr<const std::string> source;
    shared_text made;
  };
  /// As many as may be published before the first of thousands of subscribers are told.
  static constexpr std::ptrdiff_t most = 8;

  std::array<encoding, most> all_;
  std::ptrdiff_t oldest_ = 0;
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
