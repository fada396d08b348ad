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
  void subscribe(const std::string& query, const std::string& fields = "") {
    ASSERT_EQ(status(ask(query, fields)), "HTTP/1.1 200");
    EXPECT_TRUE(read_chunk().starts_with("retry: "));
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
