#include "websocket/stream_layer.hpp"

#include <array>

namespace ws_demo {

void stream_layer::queue_written(std::string bytes) {
  constexpr char final_pong = '\x8a';    // RFC 6455 section 5.2
  constexpr std::size_t head_bytes = 2;  // of an unmasked control frame
  if (!opened_)
    out_.push_handshake(std::move(bytes));
  else if (bytes.front() == final_pong)
    out_.push_pong(bytes.substr(head_bytes));
}

asio::mutable_buffer stream_layer::shared_memory() {
  static thread_local std::array<char, max_ahead_bytes> memory;
  return asio::buffer(memory);
}

void stream_layer::keep_ahead(asio::const_buffer bytes) {
  memory().release(held_bytes());
  // Swapped and not assigned, which would keep the memory of what was there before.
  std::string(static_cast<const char*>(bytes.data()), bytes.size()).swap(ahead_);
  memory().charge(held_bytes());
  taken_ = 0;
}

}  // namespace ws_demo
