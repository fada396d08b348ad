#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ws_demo::testing {

enum class opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10
};

struct frame {
  bool fin = true;
  opcode op = opcode::text;
  std::string payload;
  /// The close code, 0 where the payload holds none (RFC 6455 section 5.5.1).
  int close_code() const;
  /// What it ends with, if it is an event with an id; empty otherwise.
  std::string id() const;
};

/// A client's frame, masked (RFC 6455 section 5.2).
std::string encode(opcode op, std::string_view payload, bool fin = true);
/// The payload of a close frame.
std::string close_payload(std::uint16_t code, std::string_view reason = "");

/// A connection to 127.0.0.1, or to a Unix-domain socket, that sends whatever bytes a test wants to
/// and reads frames strictly. Every wait ends with an exception after `patience`.
class raw_client {
 public:
  /// @param receive_buffer_bytes SO_RCVBUF, where a test wants the window to fill soon; 0 for the
  /// system's own.
  explicit raw_client(std::uint16_t port, int receive_buffer_bytes = 0);
  explicit raw_client(const std::filesystem::path& unix_socket);
  ~raw_client();
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  void send(std::string_view bytes);
  /// As much as goes out without waiting; false when nothing does.
  bool try_send(std::string_view bytes);
  void send(opcode op, std::string_view payload, bool fin = true) {
    send(encode(op, payload, fin));
  }
  /// No more will be sent (FIN); reading goes on.
  void finish();
  /// From now on nothing that comes is taken or answered, as if a cable had been cut. False where
  /// the system does not allow it.
  bool vanish();
  /// Ends the connection with a reset.
  void reset();

  /// Upgrades to a WebSocket; throws where the answer is not 101.
  /// @param fields more of the request's header, each with its line break
  /// @returns the head of the answer
  std::string open(std::string_view target = "/", std::string_view fields = "");
  /// The same with published topics. Reads what the server says first.
  /// @returns the position that it tells
  std::string subscribe(std::string_view target, std::string_view fields = "");
  /// Asks for a WebSocket, and returns the answer, which is not 101.
  std::string open_in_vain(std::string_view target, std::string_view fields = "");

  /// Everything up to and including `end`.
  std::string read_until(std::string_view end);
  std::string read_exactly(std::size_t count);
  /// An HTTP answer: its head, and as much body as Content-Length says (none for HEAD).
  std::string read_answer(bool head_only = false);
  /// Receives what there is, but no more than that much, and forgets it; waits for nothing. How
  /// much it was, or nothing where the connection has ended.
  std::optional<std::size_t> discard(std::size_t most);
  frame read_frame();
  /// The next frame that is not an event.
  frame read_reply();
  /// Whether the peer has ended the connection, with nothing (more) said before; waits for it.
  bool at_end();
  /// Whether the server's end is gone for good: what is sent is answered with a reset, or fails.
  /// Waits for it.
  bool is_reset();
  /// Whether nothing comes for this long.
  bool silent_for(int milliseconds);

 private:
  void connect(const sockaddr* to, socklen_t size) const;
  bool wait_readable(int milliseconds);
  /// False at the end of the stream.
  bool read_more();

  int socket_;
  std::string unread_;
};

}  // namespace ws_demo::testing
