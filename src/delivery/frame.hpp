#pragma once

// What goes out on the wire for one message, whatever the protocol. No I/O.

#include "delivery/encoding_cache.hpp"
#include "delivery/message.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <string_view>

namespace ws_demo {

/// A head, made here, and a body: that of the message, or an encoding of it.
struct frame {
  static constexpr std::size_t max_head_bytes = 10;

  std::array<char, max_head_bytes> head{};
  std::size_t head_bytes = 0;
  std::string_view body;
  shared_text encoded;  // the body where it is an encoding, or null
  /// False where it would have to be encoded, and too much has been in this turn of the loop.
  bool is_ready = true;

  std::size_t size() const { return head_bytes + body.size(); }
};

/// Makes the frame of a message, which is valid as long as the message.
using framing = std::function<frame(const message& m)>;

}  // namespace ws_demo
