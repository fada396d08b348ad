#pragma once

// One who gets events, over WebSocket (session) or as Server-Sent Events (event_stream): its
// subscription, its send queue, and the writer that empties it.
//
// The protocol's coroutine owns it, and reads from the peer; what is sent needs no coroutine.
// Threads: the io_context's only.

#include "common/limited_log.hpp"
#include "common/memory_budget.hpp"
#include "common/metrics.hpp"
#include "delivery/encoding_cache.hpp"
#include "delivery/frame_writer.hpp"
#include "delivery/keep_alive.hpp"
#include "delivery/message_pool.hpp"
#include "delivery/send_queue.hpp"
#include "delivery/ticker.hpp"
#include "events/hub.hpp"
#include "events/replay.hpp"
#include "events/subscription.hpp"
#include "net/connection.hpp"
#include "net/round_robin.hpp"
#include "ws_demo/options.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ws_demo {

/// What all subscribers of a server share. The server owns what it refers to.
struct delivery_context {
  const options& limits;
  metrics& counts;
  limited_log& log;
  hub& events;
  ticker& ticks;
  round_robin& long_work;  // of which one slice is done in a turn of the loop
  message_pool& messages;
  encoding_cache& encodings;
};

/// Who a peer is, by what let it in.
struct peer_identity {
  std::string subject;  // for the log; may be empty
  /// When it is closed with 1008.
  steady_clock::time_point expires_at = steady_clock::time_point::max();
};

class subscriber : private connection::handler,
                   private send_queue::consumer,
                   private round_robin::participant,
                   private ticker::client {
 public:
  /// @param c and d outlive it.
  subscriber(connection& c, const delivery_context& d, subscription s,
             keep_alive::liveness shown_by, framing f);
  ~subscriber() override;
  subscriber(const subscriber&) = delete;
  subscriber& operator=(const subscriber&) = delete;

  /// Begins to deliver: first the missed events that the subscription asks for, then what is
  /// published, and a random event at once and each interval if it is subscribed to. What is queued
  /// at once is sent by the next flush.
  void start();

  /// Pushes the next random event.
  void push_random(steady_clock::time_point due);

  /// Counts and logs that the peer has been accepted, and, when this is destroyed, however that
  /// comes about, that it has gone. From now on it may expire.
  /// @param target of its request; the log has the path of it, because a query may have secrets
  void set_opened(std::string_view target, const peer_identity& who);

  /// Sends nothing but the close.
  void refuse(close_reason why);

  connection& link;
  const delivery_context& context;
  send_queue queue;
  frame_writer writer;
  std::uint64_t received = 0;  // messages

 protected:
  std::size_t held_bytes() const override { return queue.bytes(); }
  /// A random event is due. Pushes it, unless overridden.
  void on_tick(steady_clock::time_point due) override { push_random(due); }
  void on_no_memory() noexcept override { queue.fail(); }
  /// Messages have been sent, or the queue was aborted.
  virtual void on_progress() {}

 private:
  /// A replay of missed events under way.
  struct recovery {
    recovery(const hub& from, const subscription& s)
        : epoch(from.epoch()), events(from.replay_for(s)), gap(from.gap_before(s)) {}

    std::string epoch;
    replay events;
    std::string gap;  // why events are gone, until the subscriber is told
    bool is_position_told = false;
    std::uint64_t count = 0;
  };

  void check(steady_clock::time_point now) override;
  void shut_down() override;
  void stuck() override;
  void aborted() override { queue.abort(); }
  void out_of_memory() override;
  void on_readable() noexcept override;
  void send();
  void run_slice() override;
  /// Queues the next events of the replay. True if they are the last.
  bool enqueue_page();
  /// Queues what the server says by itself.
  void enqueue_own(std::string text, std::string id);
  /// Asks for the next page once the one before has been sent.
  void continue_replay();
  /// The log began anew meanwhile, and so does the replay.
  void begin_replay_anew();
  /// Gets from now on what is published.
  /// @param after number of an event
  void join(std::uint64_t after);
  /// It knows an event that has not come for long, and so never will.
  void give_up_unseen();
  void log_closed() noexcept;

  // What each push uses comes first, so that it is in few cache lines.
  bool started_ = false;
  bool close_sent_ = false;
  bool is_counted_ = false;  // as accepted
  std::unique_ptr<recovery> recovery_;
  keep_alive keep_alive_;
  const steady_clock::time_point opened_at_ = steady_clock::now();
  steady_clock::time_point expires_at_ = steady_clock::time_point::max();
  const subscription wanted_;
  const memory_charge wanted_memory_;
  std::optional<hub::membership> membership_;
  std::uint64_t unseen_ = 0;  // number of an event that it knows, and the hub does not yet
};

}  // namespace ws_demo
