#pragma once

#include "raw_client.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace ws_demo::testing {

/// "HTTP/1.1 200" of an answer.
inline std::string status(const std::string& answer) {
  return answer.substr(0, 12);
}

/// A subscriber to GET /events.
class stream_client : public raw_client {
 public:
  explicit stream_client(std::uint16_t port, int receive_buffer_bytes = 0)
      : raw_client(port, receive_buffer_bytes) {}

  /// Asks, and returns the head of the answer.
  std::string ask(const std::string& query, const std::string& fields = "") {
    send("GET /events" + query + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n");
    return read_until("\r\n\r\n");
  }
  /// Asks, and reads up to the first event.
  /// @returns the position that the server tells; empty of the demo's own stream
  std::string subscribe(const std::string& query, const std::string& fields = "") {
    EXPECT_EQ(status(ask(query, fields)), "HTTP/1.1 200");
    EXPECT_TRUE(read_chunk().starts_with("retry: "));
    return query.empty() ? "" : id_of(read_chunk());
  }
  /// Of `id: …`, which a block begins with.
  static std::string id_of(const std::string& block) {
    EXPECT_TRUE(block.starts_with("id: ")) << block;
    return block.substr(4, block.find('\n') - 4);
  }
  /// One chunk of the body.
  std::string read_chunk() {
    const auto size = std::stoul(read_until("\r\n"), nullptr, 16);
    const auto chunk = read_exactly(size);
    EXPECT_EQ(read_exactly(2), "\r\n");
    return chunk;
  }
};

}  // namespace ws_demo::testing
