#include "websocket/frame.hpp"

#include "websocket/deflate.hpp"

#include <cstdint>
#include <utility>

namespace ws_demo {
namespace {

using kind = message::kind;

constexpr unsigned final_frame = 0x80;
constexpr unsigned compressed = 0x40;  // RFC 7692 section 6
constexpr std::size_t max_7_bit_size = 125;
constexpr std::size_t max_16_bit_size = 0xffff;

/// Larger messages are not compressed: that would hold up the loop for milliseconds.
constexpr std::size_t max_compressed_bytes = std::size_t{64} << 10;

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

/// Appends the lowest `bytes` bytes in network order.
void append(frame& f, std::uint64_t number, unsigned bytes) {
  while (bytes-- > 0) f.head.at(f.head_bytes++) = static_cast<char>((number >> 8 * bytes) & 0xffU);
}

frame frame_of(unsigned first_byte, std::string_view body) {
  frame f;
  f.body = body;
  append(f, first_byte, 1);
  if (body.size() <= max_7_bit_size) {
    append(f, body.size(), 1);
  } else if (body.size() <= max_16_bit_size) {
    append(f, 126, 1);
    append(f, body.size(), 2);
  } else {
    append(f, 127, 1);
    append(f, body.size(), 8);
  }
  return f;
}

/// The payload is the code and the reason (RFC 6455 section 5.5.1). The code is sent with the head.
frame close_frame(const message& m) {
  constexpr std::size_t code_bytes = 2;
  frame f;
  f.body = m.payload();
  append(f, final_frame | opcode(kind::close), 1);
  append(f, code_bytes + f.body.size(), 1);
  append(f, m.close_code, code_bytes);
  return f;
}

}  // namespace

frame websocket_frame(const message& m) {
  if (m.is == kind::close) return close_frame(m);
  if (m.is != kind::handshake) return frame_of(final_frame | opcode(m.is), m.payload());
  frame unframed;
  unframed.body = m.payload();
  return unframed;
}

frame compressed_websocket_frame(const message& m, const compression& how,
                                 encoding_cache& encodings) {
  const bool is_data = m.is == kind::text || m.is == kind::binary || m.is == kind::event;
  const std::size_t size = m.payload().size();
  if (!is_data || size < how.threshold_bytes || size > max_compressed_bytes)
    return websocket_frame(m);
  auto encoded = encodings.encode(*m.what, {encoding_cache::form::kind::deflate, how.window_bits},
                                  [&] { return deflated(m.payload(), how.window_bits); });
  frame f;
  f.is_ready = encoded != nullptr;
  if (!f.is_ready) return f;
  f = frame_of(final_frame | compressed | opcode(m.is), *encoded);
  f.encoded = std::move(encoded);
  return f;
}

}  // namespace ws_demo
