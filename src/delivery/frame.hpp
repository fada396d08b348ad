#pragma once

// What goes out on the wire for one message, whatever the protocol. No I/O.

#include "delivery/message.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <string_view>

namespace ws_demo {

/// A head, made here, and a body, which belongs to the message.
struct frame {
  static constexpr std::size_t max_head_bytes = 10;

  std::array<char, max_head_bytes> head;  // only the first head_bytes are initialized
  std::size_t head_bytes = 0;
  std::string_view body;

  std::size_t size() const { return head_bytes + body.size(); }
};

/// Makes the frame of a message; it may set message::encoded. The frame is valid as long as the
/// message.
using framing = std::function<frame(message& m)>;

}  // namespace ws_demo
