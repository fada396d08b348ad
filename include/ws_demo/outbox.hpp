#pragma once

// One peer's queue of messages to send. No sockets.
//
// The peer owns it. Whoever has something for the peer puts it in, and tells the reader, who sends
// as much as the socket takes. It can be closed from anywhere, which is how a peer is asked to
// leave.
//
// Events do not wait for room: where those that wait reach the limit, the peer is too slow, and the
// policy decides. Echoes do not count, because who reads the peer's messages waits for
// room_for_echo() before it reads the next.
//
// Threads: the io_context's only. One coroutine may wait at a time.

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
#include <string_view>

namespace ws_demo {

/// An event as it goes out: the same bytes to everybody.
using shared_text = std::shared_ptr<const std::string>;

/// One of the things that go out, each as one frame.
struct message {
  enum class kind : std::uint8_t { handshake, text, binary, event, lost, ping, pong, close };

  kind is = kind::text;
  std::string own;
  shared_text shared;  // or null: what many peers get
  /// When an event should leave.
  steady_clock::time_point due;
  /// What goes out in place of the text (compressed, or in the form of another protocol), once it
  /// has been made.
  shared_text encoded;

  std::string_view bytes() const { return shared ? *shared : own; }
};

/// Why a connection ends. RFC 6455 §7.4.1 has the codes; where it is sent, the reason is at most
/// 123 bytes (§5.5).
struct close_reason {
  std::uint16_t code;
  std::string text;
};

/// What the payload of a close frame says (§5.5.1).
close_reason parse_close_payload(std::string_view payload);

class outbox : public boost::intrusive::list_base_hook<
                   boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  /// Who sends what is in it.
  class reader {
   public:
    /// There is something to send. It may take messages out before it returns.
    virtual void filled() = 0;

   protected:
    reader() = default;
    reader(const reader&) = default;
    reader& operator=(const reader&) = default;
    ~reader() = default;
  };

  /// @param limits of which max_queue_bytes and slow_peers matter; all references outlive it.
  outbox(reader& told, const executor& on, const options& limits, metrics& counts)
      : told_(told),
        limits_(limits),
        counts_(counts),
        changed_(on, steady_clock::time_point::max()) {}
  ~outbox();
  outbox(const outbox&) = delete;
  outbox& operator=(const outbox&) = delete;

  /// Puts the server's part of the opening handshake before all else, even a close. It leaves with
  /// what comes next, or with flush().
  void push_handshake(std::string bytes);

  // Once closed, it drops all that comes.

  /// Appends an echo. It leaves with what comes next, or with flush().
  void push_echo(std::string bytes, bool is_text);

  /// Appends an event. Where more of them wait than may, either the oldest go, and `$lost` tells
  /// the peer how many (doc/protocol.md), or the outbox closes. The first in the queue does not
  /// count: it may have been sent in part.
  void push_event(std::string text, steady_clock::time_point due);
  void push_event(shared_text text, steady_clock::time_point due);
  /// The same, but its reader is not told before someone calls flush(): for the hub, which tells
  /// thousands (and puts the outbox into a list of those meanwhile).
  void push_event_quietly(shared_text text, steady_clock::time_point due);

  /// Appends a ping, unless one waits.
  void push_ping();

  /// Puts a pong behind what has been begun, so that it comes in time where much waits; one that
  /// waits is replaced, as RFC 6455 §5.5.3 allows, so that a flood of pings takes the memory of
  /// one.
  void push_pong(std::string payload);

  /// Takes no more messages; what waits is still sent, then the peer is told why. The first reason
  /// counts.
  void close(close_reason why);
  /// The same where the other side has begun it: a close is answered with its code (§5.5.1), what
  /// it does wrong with a code, and where it has gone there is nobody to tell (but what was
  /// promised is sent: it may still listen).
  void close_in_answer(close_reason why);

  /// The connection is over: nothing more is sent, not even a close.
  void abandon();

  /// Has the reader send what there is.
  void flush() {
    if (!queue_.empty() && !abandoned_) told_.filled();
  }

  /// Whether so little of what the peer has said is still to be sent back that it may say more.
  bool has_room_for_echo() const { return echo_bytes_ < most_echo_bytes; }
  /// Waits for that.
  task<void> room_for_echo();

  /// Waits until everything has been sent, or nothing more will be.
  task<void> emptied();

  // For the reader.

  using queue = std::list<message>;
  /// What is to be sent, in this order.
  queue& messages() { return queue_; }
  /// The first has been sent.
  void pop();
  bool has_events() const { return event_bytes_ > 0; }

  /// How many messages have been sent.
  std::uint64_t sent() const { return sent_; }
  const std::optional<close_reason>& closed() const { return closed_; }
  bool abandoned() const { return abandoned_; }

 private:
  /// How much may wait to be sent back before no more is read.
  static constexpr std::size_t most_echo_bytes = std::size_t{256} << 10;

  bool takes_messages() const { return !closed_ && !abandoned_; }
  void close_quietly(close_reason why);
  void push_close(std::uint16_t code, std::string_view text);
  void append_event(message event);
  /// Of the events behind the first message.
  std::size_t waiting_bytes() const;
  /// Drops waiting events, the oldest first, until at most so many bytes of them are left.
  std::uint64_t drop_events_to(std::size_t bytes_left);
  void tell_lost(std::uint64_t count);
  void insert(queue::const_iterator before, message another);
  queue::iterator remove(queue::const_iterator which);

  reader& told_;
  const options& limits_;
  metrics& counts_;
  queue queue_;  // holds no memory while it is empty, as it mostly is
  std::size_t bytes_ = 0;
  std::size_t event_bytes_ = 0;
  std::size_t echo_bytes_ = 0;
  std::uint64_t lost_ = 0;  // events dropped of which the peer has not been told
  std::uint64_t sent_ = 0;
  std::optional<close_reason> closed_;
  bool abandoned_ = false;
  timer changed_;  // never expires: cancelling it wakes who waits
};

}  // namespace ws_demo
