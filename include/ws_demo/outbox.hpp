#pragma once

// One peer's queue of messages to send. No sockets.
//
// The peer's coroutine owns it; its loops share it: one takes messages out and sends them, the
// others put them in. It can be closed from anywhere, which is how a peer is asked to leave.
//
// Events do not wait for room: where those that wait reach the limit, the peer is too slow, and the
// policy decides. An echo does not count, because its loop waits for echo_sent() before it reads
// the next message, so that there is never more than one.
//
// Threads: the io_context's only. The waits take one waiting coroutine each, and a wait that is
// cancelled does not return before the outbox is closed or abandoned.

#include "ws_demo/metrics.hpp"
#include "ws_demo/net.hpp"
#include "ws_demo/options.hpp"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace ws_demo {

/// What goes out as one WebSocket message, or as a ping.
struct message {
  enum class kind : std::uint8_t { text, binary, event, ping };

  std::string own;
  std::shared_ptr<const std::string> shared;  // or null: what many peers get
  kind is = kind::text;
  /// When an event should leave.
  steady_clock::time_point due;

  const std::string& bytes() const { return shared ? *shared : own; }
};

/// Why a connection ends. RFC 6455 §7.4.1 has the codes; where it is sent, the reason is at most
/// 123 bytes (§5.5).
struct close_reason {
  std::uint16_t code;
  std::string text;
};

class outbox : public boost::intrusive::list_base_hook<
                   boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  /// @param limits of which max_queue_bytes and slow_peers matter; they and the counts outlive it.
  outbox(const executor& on, const options& limits, metrics& counts)
      : limits_(limits), counts_(counts), changed_(on, steady_clock::time_point::max()) {}
  ~outbox();
  outbox(const outbox&) = delete;
  outbox& operator=(const outbox&) = delete;

  /// Appends an echo. Once closed, it is dropped, as is all else that comes.
  void push_echo(std::string bytes, bool is_text);

  /// Appends an event. Where more of them wait than may, either the oldest go, and `$lost` tells
  /// the peer how many (doc/protocol.md), or the outbox closes. What is being sent does not wait.
  void push_event(std::string text, steady_clock::time_point due) {
    push_event({.own = std::move(text), .shared = {}, .is = message::kind::event, .due = due});
    wake();
  }
  void push_event(std::shared_ptr<const std::string> text, steady_clock::time_point due) {
    push_event({.own = {}, .shared = std::move(text), .is = message::kind::event, .due = due});
    wake();
  }
  /// The same, but its reader may not be told before someone calls wake(): for the hub, which is to
  /// tell thousands at once (and puts the outbox into a list of those meanwhile).
  void push_event_quietly(std::shared_ptr<const std::string> text, steady_clock::time_point due) {
    push_event({.own = {}, .shared = std::move(text), .is = message::kind::event, .due = due});
  }
  void wake() { changed_.cancel(); }

  /// Appends a ping, unless one waits.
  void push_ping();

  /// Waits for a message; it stays in front until pop(). Nothing when the outbox is closed and all
  /// that was in it has been taken, or at once when it is abandoned.
  task<const message*> front();

  /// Ends the message in front: it has been sent.
  void pop();

  /// Waits until the echo has been sent, or nothing more will be.
  task<void> echo_sent();

  /// Takes no more messages; what waits is still sent, then the peer is told why. The first reason
  /// counts.
  void close(close_reason why);

  /// The connection is over: nothing more is sent, not even a close.
  void abandon();

  /// Waits until abandon().
  task<void> abandonment();

  /// Waits until no event waits, or nothing more will be sent.
  task<void> no_event_waits();

  /// How many messages have been sent.
  std::uint64_t sent() const { return sent_; }
  const std::optional<close_reason>& closed() const { return closed_; }
  bool abandoned() const { return abandoned_; }

 private:
  using queue = std::list<message>;

  bool takes_messages() const { return !closed_ && !abandoned_; }
  void push_event(message event);
  /// Of the events behind the front, which is being sent.
  std::size_t waiting_bytes() const;
  /// Drops waiting events, the oldest first, until at most so many bytes of them are left.
  std::uint64_t drop_events_to(std::size_t bytes_left);
  void insert(queue::const_iterator before, message m);
  queue::iterator remove(queue::const_iterator which);

  const options& limits_;
  metrics& counts_;
  queue queue_;  // holds no memory while it is empty, as it mostly is
  std::size_t bytes_ = 0;
  std::size_t event_bytes_ = 0;
  bool echo_waits_ = false;
  std::uint64_t lost_ = 0;  // events dropped of which the peer has not been told
  std::uint64_t sent_ = 0;
  std::optional<close_reason> closed_;
  bool abandoned_ = false;
  timer changed_;  // never expires: cancelling it wakes who waits
};

}  // namespace ws_demo
