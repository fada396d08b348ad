#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace ws_bench {

/// RFC 6455 section 5.2.
enum class opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10
};

constexpr bool is_control(opcode kind) {
  return kind >= opcode::close;
}

/// The server has sent what RFC 6455 forbids, or more than was asked for.
struct protocol_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A frame as the server sent it.
struct frame {
  bool last = true;
  bool compressed = false;  // the first reserved bit: RFC 7692 section 6
  opcode kind = opcode::text;
  std::string_view payload;     // in the bytes it was found in
  std::size_t whole_bytes = 0;  // with its header
};

/// The frame at the beginning of `bytes`; nothing while some of it is still to come.
/// @throws protocol_error for what no server may send, or a payload of over `limit` bytes.
std::optional<frame> first_frame(std::string_view bytes, std::size_t limit);

/// Appends a whole message of a client's, which are masked (section 5.3), to `to`.
void append_frame(std::string& to, opcode kind, std::string_view payload, std::uint32_t mask);

}  // namespace ws_bench
