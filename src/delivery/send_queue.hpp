#pragma once

// The messages that one subscriber is still to be sent. No sockets.
//
// Events do not wait for room: when those that wait reach options::max_queue_bytes, the subscriber
// is too slow, and options::slow_peers decides. Echoes do not count towards that limit: whoever
// queues them reads no more from the peer until has_room_for_echo().
//
// The subscriber owns it. Threads: the io_context's only.

#include "common/metrics.hpp"
#include "delivery/message.hpp"
#include "events/event_sink.hpp"
#include "net/asio.hpp"
#include "ws_demo/options.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>

namespace ws_demo {

class send_queue final : public event_sink {
 public:
  /// Sends what is in the queue.
  class consumer {
   public:
    /// There is something to send, or the queue was aborted. The consumer may pop messages before
    /// it returns.
    virtual void on_readable() = 0;

   protected:
    consumer() = default;
    consumer(const consumer&) = default;
    consumer& operator=(const consumer&) = default;
    ~consumer() = default;
  };

  /// @param limits of which max_queue_bytes and slow_peers are used; all references outlive it.
  send_queue(consumer& c, const options& limits, metrics& counts)
      : consumer_(c), limits_(limits), counts_(counts) {}
  ~send_queue();
  send_queue(const send_queue&) = delete;
  send_queue& operator=(const send_queue&) = delete;

  /// Inserts the answer to the opening handshake before everything else, even a close.
  void push_handshake(std::string bytes);

  // After close() or abort(), whatever is pushed is dropped.

  /// Appends an echo. It is sent with what comes next, or by flush().
  void push_echo(std::string payload, bool is_text);

  /// Appends an event and flushes.
  ///
  /// Where too much waits, either the oldest events are dropped, and a `$lost` event in their place
  /// says how many (doc/protocol.md), or the queue closes. The first message does not count as
  /// waiting: it may have been sent in part.
  void push_event(std::string text, steady_clock::time_point due);
  void push_event(shared_event e, steady_clock::time_point due);
  /// The same without flushing, for the hub.
  void enqueue(shared_event e, steady_clock::time_point due) override;

  /// Appends a ping, unless one waits, and flushes.
  void push_ping();

  /// Inserts a pong behind the message that has been begun, so that it is in time also where much
  /// waits, and flushes. A pong that waits is replaced (RFC 6455 section 5.5.3), so that a flood of
  /// pings takes the memory of one.
  void push_pong(std::string payload);

  /// Takes no more messages. What waits is still sent, then a close with this reason. Later calls
  /// do nothing.
  void close(close_reason why);
  /// The same where the peer ends the connection: a close is answered with its code (RFC 6455
  /// section 5.5.1), an error of the peer with a code, and nothing is said where the connection is
  /// lost (1006). What waits is sent in any case: the peer may still receive.
  void close_from_peer(close_reason why);

  /// Sends nothing more, not even a close.
  void abort();

  /// Has the consumer send what waits.
  void flush() override {
    if (!queue_.empty() && !aborted_) consumer_.on_readable();
  }

  /// Whether so few echoes wait (under 256 KiB) that more may be read from the peer.
  bool has_room_for_echo() const { return echo_bytes_ < max_echo_bytes; }

  // For the consumer.

  using messages_type = std::list<message>;
  /// In the order in which they are to be sent.
  messages_type& messages() { return queue_; }
  /// Removes the first message, which has been sent.
  void pop();
  bool empty() const { return queue_.empty(); }
  bool has_events() const { return event_bytes_ > 0; }

  /// How many messages have been sent.
  std::uint64_t sent() const { return sent_; }
  /// Why it was closed, if it was.
  const std::optional<close_reason>& closed() const { return closed_; }
  bool aborted() const { return aborted_; }

 private:
  static constexpr std::size_t max_echo_bytes = std::size_t{256} << 10;

  bool takes_messages() const { return !closed_ && !aborted_; }
  void close_without_flush(close_reason why);
  void push_close(std::uint16_t code, std::string text);
  void append_event(message event);
  /// Bytes of the events behind the first message.
  std::size_t waiting_bytes() const;
  /// Drops waiting events, oldest first, until at most `bytes_left` of them are left.
  std::uint64_t drop_events_to(std::size_t bytes_left);
  void report_lost(std::uint64_t count);
  void insert(messages_type::const_iterator before, message added);
  messages_type::iterator remove(messages_type::const_iterator which);

  consumer& consumer_;
  const options& limits_;
  metrics& counts_;
  messages_type queue_;  // allocates nothing while it is empty, as it mostly is
  std::size_t bytes_ = 0;
  std::size_t event_bytes_ = 0;
  std::size_t echo_bytes_ = 0;
  std::uint64_t lost_ = 0;  // events dropped that the waiting `$lost` counts
  std::uint64_t sent_ = 0;
  bool aborted_ = false;
  std::optional<close_reason> closed_;
};

}  // namespace ws_demo
