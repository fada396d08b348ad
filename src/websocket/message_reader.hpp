#pragma once

// Reads the messages of a WebSocket, one at a time, with limits on size and memory.
//
// A read stays outstanding while its peer's coroutine does other things, and is cancelled only to
// end the peer: a Beast read that is cancelled leaves the stream undefined. So this is no
// coroutine: it sets an event when a message has been read, or cannot be.
//
// Those who have much to read at once take turns, so that a short message of somebody else does not
// wait behind all of them.
//
// The session owns it and ends only when no read is outstanding. Threads: the io_context's only.

#include "common/memory_budget.hpp"
#include "delivery/message.hpp"
#include "net/asio.hpp"
#include "net/awaitable_event.hpp"
#include "net/round_robin.hpp"
#include "websocket/stream_layer.hpp"

#include <boost/beast/websocket/stream.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace ws_demo {

using websocket_stream = boost::beast::websocket::stream<stream_layer&, /*deflateSupported=*/true>;

class message_reader final : private round_robin::participant {
 public:
  /// @param done is set, and who waits for it resumed in place, when a read ends. All outlive it.
  message_reader(websocket_stream& stream, awaitable_event& done, round_robin& long_work)
      : stream_(stream),
        done_(done),
        long_work_(long_work),
        memory_(&stream.next_layer().memory()) {}
  ~message_reader() = default;
  message_reader(const message_reader&) = delete;
  message_reader& operator=(const message_reader&) = delete;

  /// Begins to read a message. Not to be called while one is being read, or after a failure.
  void start();

  bool is_reading() const { return state_ == state::reading; }
  bool has_message() const { return state_ == state::has_message; }
  /// Whether no message can be read any more.
  bool has_failed() const { return state_ == state::failed; }
  /// Why, as the code and reason of the close.
  const close_reason& failure() const { return failure_; }

  /// The message that has been read.
  std::string take();
  bool is_text() const { return stream_.got_text(); }
  /// What a message that is being read takes, beyond the first buffer.
  std::size_t held_bytes() const { return memory_.bytes(); }

 private:
  enum class state : std::uint8_t { idle, reading, has_message, failed };

  /// Whether compression was agreed on.
  bool may_inflate();
  void read_on();
  void run_slice() override;
  void read_some();
  void grow();
  void charge();
  void on_read(error_code ec, std::size_t size);
  void finish();
  void fail(error_code ec);

  websocket_stream& stream_;
  awaitable_event& done_;
  round_robin& long_work_;
  state state_ = state::idle;
  std::size_t size_ = 0;  // bytes of message_ that have been read
  std::string message_;
  memory_charge memory_;
  close_reason failure_{};
};

}  // namespace ws_demo
