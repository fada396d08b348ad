#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace ws_demo::testing {

struct received_message {
  std::string bytes;
  bool is_text = true;
  bool operator==(const received_message&) const = default;
};

/// Beast's WebSocket client. Every call throws when it fails or takes longer than `patience`.
class websocket_client {
 public:
  explicit websocket_client(std::uint16_t port, const std::string& target = "/");
  ~websocket_client();

  void send(const received_message& m);
  /// Sends it in frames of at most this many bytes.
  void send_fragmented(const received_message& m, std::size_t fragment_bytes);
  received_message receive();
  /// The next message that is not an event.
  received_message receive_reply();
  /// The code the server closed with, after a receive() that threw.
  std::uint16_t close_code() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace ws_demo::testing
