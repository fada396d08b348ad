#include "ws_demo/frame.hpp"

#include "ws_demo/deflate.hpp"

#include <cstdint>
#include <map>

namespace ws_demo {
namespace {

using kind = message::kind;

constexpr unsigned final_frame = 0x80;
constexpr unsigned compressed = 0x40;  // RFC 7692 §6
constexpr std::size_t largest_7_bit_size = 125;
constexpr std::size_t largest_16_bit_size = 0xffff;

/// What is larger is not compressed: that takes a millisecond for each 16 KiB, in which nobody else
/// is served.
constexpr std::size_t largest_compressed_bytes = std::size_t{64} << 10;

unsigned opcode(kind is) {
  switch (is) {
    case kind::binary:
      return 0x2;
    case kind::close:
      return 0x8;
    case kind::ping:
      return 0x9;
    case kind::pong:
      return 0xa;
    default:
      return 0x1;
  }
}

frame frame_of(unsigned first_byte, std::string_view body) {
  frame f;
  f.body = body;
  const auto append = [&f](std::uint64_t byte) {
    f.head[f.head_bytes++] = static_cast<char>(byte & 0xffU);
  };
  const auto append_size = [&](unsigned bits) {
    while (bits > 0) append(body.size() >> (bits -= 8));
  };
  append(first_byte);
  if (body.size() <= largest_7_bit_size) {
    append(body.size());
  } else if (body.size() <= largest_16_bit_size) {
    append(126);
    append_size(16);
  } else {
    append(127);
    append_size(64);
  }
  return f;
}

}  // namespace

frame websocket_frame(message& m) {
  if (m.is != kind::handshake) return frame_of(final_frame | opcode(m.is), m.bytes());
  frame as_it_is;
  as_it_is.body = m.bytes();
  return as_it_is;
}

frame compressed_websocket_frame(message& m, const compression& how) {
  const bool is_data = m.is == kind::text || m.is == kind::binary || m.is == kind::event;
  const std::size_t size = m.bytes().size();
  if (!is_data || size < how.threshold_bytes || size > largest_compressed_bytes)
    return websocket_frame(m);
  static thread_local std::map<int, recent_encodings> by_window_bits;
  by_window_bits[how.window_bits].encode(
      m, [&](const message& from) { return deflated(from.bytes(), how.window_bits); });
  return frame_of(final_frame | compressed | opcode(m.is), *m.encoded);
}

}  // namespace ws_demo
