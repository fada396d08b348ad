#pragma once

// One peer's queue of messages to send. No sockets.
//
// The peer's coroutine owns it; its loops share it: one takes messages out and sends them, the
// others put them in. It can be closed from anywhere, which is how a peer is asked to leave.
//
// It does not limit itself. Its size is bounded by the manners of who pushes: the echo loop waits
// until it is drained before it reads on, and the tick loop skips an event while its last one
// waits, so there is never more than one message of each.
//
// Threads: the io_context's only. The waits take one waiting coroutine each, and a wait that is
// cancelled does not return before the outbox is closed or abandoned.

#include "ws_demo/net.hpp"

#include <cstdint>
#include <list>
#include <optional>
#include <string>

namespace ws_demo {

/// A WebSocket message as it goes out.
struct message {
  std::string bytes;
  bool is_text = true;
};

/// Why a connection ends. RFC 6455 §7.4.1 has the codes; where it is sent, the reason is at most
/// 123 bytes (§5.5).
struct close_reason {
  std::uint16_t code;
  std::string text;
};

class outbox {
 public:
  explicit outbox(const executor& on) : changed_(on, steady_clock::time_point::max()) {}

  /// Appends a message and returns its number: 1, 2, 3, … Once closed, the message is dropped.
  std::uint64_t push(message m);

  /// Waits for a message; it stays in front until pop(). Nothing when the outbox is closed and all
  /// that was in it has been taken, or at once when it is abandoned.
  task<const message*> front();

  /// Ends the message in front: it has been sent.
  void pop();

  /// Waits until every message has been sent, or nothing more will be.
  task<void> drained();

  /// How many messages have been sent; the one that push() numbered n has been if this is >= n.
  std::uint64_t sent() const { return sent_; }

  /// Takes no more messages; what waits is still sent, then the peer is told why. The first reason
  /// counts.
  void close(close_reason why);

  /// The connection is over: nothing more is sent, not even a close.
  void abandon();

  /// Waits until abandon().
  task<void> abandonment();

  const std::optional<close_reason>& closed() const { return closed_; }
  bool abandoned() const { return abandoned_; }

 private:
  bool takes_messages() const { return !closed_ && !abandoned_; }

  std::list<message> queue_;  // holds no memory while it is empty, as it mostly is
  std::uint64_t sent_ = 0;
  std::optional<close_reason> closed_;
  bool abandoned_ = false;
  timer changed_;  // never expires: cancelling it wakes who waits
};

}  // namespace ws_demo
