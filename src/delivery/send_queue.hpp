#pragma once

// The messages that one subscriber is still to be sent. No sockets.
//
// Events do not wait for room: when those that wait reach options::max_queue_bytes, the subscriber
// is too slow, and options::slow_peers decides. Echoes do not count towards that limit: whoever
// queues them reads no more from the peer until has_room_for_echo().
//
// Whatever it holds, dropping the oldest event or all of them takes constant time: events are in a
// list of their own, and those that are dropped together are freed later.
//
// The subscriber owns it. Threads: the io_context's only.

#include "common/metrics.hpp"
#include "delivery/message.hpp"
#include "delivery/message_pool.hpp"
#include "events/event_sink.hpp"
#include "net/asio.hpp"
#include "ws_demo/options.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

namespace ws_demo {

class send_queue final : public event_sink {
 public:
  /// What a message costs beside its payload, and counts as such.
  static constexpr std::size_t overhead_bytes = 64;

  /// Sends what is in the queue.
  class consumer {
   public:
    /// There is something to send, or the queue was aborted. The consumer may pop messages before
    /// it returns.
    virtual void on_readable() noexcept = 0;

   protected:
    consumer() = default;
    consumer(const consumer&) = default;
    consumer& operator=(const consumer&) = default;
    ~consumer() = default;
  };

  /// @param limits of which max_queue_bytes and slow_peers are used; all references outlive it.
  send_queue(consumer& c, const options& limits, metrics& counts, message_pool& pool)
      : consumer_(c), limits_(limits), counts_(counts), pool_(pool) {}
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
  /// Where too much waits, with overhead_bytes for each, either the oldest events are dropped, and
  /// a `$lost` event in their place says how many (doc/protocol.md), or the queue closes. The first
  /// message does not count as waiting: it may have been sent in part.
  void push_event(std::string text, steady_clock::time_point due);
  void push_event(shared_event e, steady_clock::time_point due);
  /// The same without flushing, for the hub. Without memory, the queue fails.
  void enqueue(shared_event e, steady_clock::time_point due) noexcept override;

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
  void abort() noexcept;
  /// The same without telling the consumer, which may be at work.
  void fail() noexcept { aborted_ = true; }

  /// Has the consumer send what waits.
  void flush() noexcept override {
    if (!empty() && !aborted_) consumer_.on_readable();
  }

  /// Whether so few echoes wait that more may be read from the peer: under 256 KiB, or, while
  /// memory is short, 16.
  bool has_room_for_echo() const {
    return echo_bytes_ < max_echo_bytes_if_short ||
           (echo_bytes_ < max_echo_bytes && !pool_.memory().is_tight());
  }

  // For the consumer.

  /// Goes over the messages in the order in which they are to be sent.
  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using iterator_concept = std::input_iterator_tag;
    using value_type = const message;
    using difference_type = std::ptrdiff_t;

    iterator() = default;
    const message& operator*() const;
    iterator& operator++();
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return at_ == nullptr; }

   private:
    friend send_queue;
    using position = message_list::const_iterator;

    explicit iterator(const send_queue& over);
    template <class Self>
    static auto& current(Self& self);

    const send_queue* over_ = nullptr;
    const message_list* at_ = nullptr;  // the list of the current message; null at the end
    position urgent_;
    position events_;
    position others_;
  };
  iterator begin() const { return iterator(*this); }
  static std::default_sentinel_t end() { return {}; }

  /// Removes the first message, which has been sent.
  void pop();
  bool empty() const { return first_ == nullptr; }
  std::size_t size() const { return urgent_.size() + events_.size() + others_.size(); }
  bool has_events() const { return !events_.empty(); }
  /// Bytes of all messages, with overhead_bytes for each.
  std::size_t bytes() const { return bytes_; }

  /// How many messages have been sent.
  std::uint64_t sent() const { return sent_; }
  /// Why it was closed, if it was.
  const std::optional<close_reason>& closed() const { return closed_; }
  bool aborted() const { return aborted_; }

 private:
  static constexpr std::size_t max_echo_bytes = std::size_t{256} << 10;
  static constexpr std::size_t max_echo_bytes_if_short = std::size_t{16} << 10;

  bool takes_messages() const { return !closed_ && !aborted_; }
  void close_without_flush(close_reason why);
  void push_close(std::uint16_t code, std::string text);
  message make(message::kind is, std::string payload) const;
  void append_event(message event);
  /// Bytes of the events behind the first message.
  std::size_t waiting_bytes() const;
  message_list::iterator first_waiting(message_list& in);
  void drop_oldest_event();
  /// @returns how many
  std::uint64_t drop_waiting_events();
  void report_lost(std::uint64_t count);
  void append(message_list& to, message added);
  void find_first();
  void insert(message_list& into, message_list::const_iterator before, message added);
  void remove(message_list& from, message_list::const_iterator which);

  consumer& consumer_;
  const options& limits_;
  metrics& counts_;
  message_pool& pool_;
  // Lists, since they allocate nothing while they are empty, as they mostly are.
  message_list urgent_;  // behind the first message, before all others
  message_list events_;
  message_list others_;
  message_list* first_ =
      nullptr;                    // the list of the first message, which may have been sent in part
  std::uint64_t next_place_ = 0;  // in events_ and others_ together
  std::size_t bytes_ = 0;
  std::size_t event_bytes_ = 0;
  std::size_t echo_bytes_ = 0;
  std::uint64_t lost_ = 0;  // events dropped that the waiting `$lost` counts
  std::uint64_t sent_ = 0;
  bool ping_waits_ = false;
  bool aborted_ = false;
  std::optional<close_reason> closed_;
};

}  // namespace ws_demo
