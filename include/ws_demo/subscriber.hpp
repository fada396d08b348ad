#pragma once

// One who gets events, whatever the way out: over WebSocket (session) or as Server-Sent Events
// (event_stream). Each way out owns one, in its coroutine's frame, and races push() against loops
// of its own, all of which share the outbox.

#include "ws_demo/connection.hpp"
#include "ws_demo/hub.hpp"
#include "ws_demo/metrics.hpp"
#include "ws_demo/options.hpp"
#include "ws_demo/outbox.hpp"
#include "ws_demo/subscription.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace ws_demo {

/// Threads: the io_context's only.
struct subscriber {
  /// The references outlive it.
  subscriber(connection& c, const options& o, metrics& m, subscription s, connection::manner way);
  ~subscriber() { link.set_outbox(nullptr, {}); }
  subscriber(const subscriber&) = delete;
  subscriber& operator=(const subscriber&) = delete;

  /// What ended it is what it was asked to go for, or else what was noticed first; all that fails
  /// afterwards is a consequence.
  void ended(close_reason why) {
    if (!end) end = box.closed().value_or(std::move(why));
  }

  /// The one line in the log when it has come, and the one when it goes.
  void tell_opened(std::string_view target);
  void tell_closed();

  connection& link;
  const options& limits;
  metrics& counts;
  const subscription wanted;
  outbox box;
  std::uint64_t received = 0;  // messages
  std::optional<close_reason> end;

 private:
  const steady_clock::time_point opened_ = steady_clock::now();
};

/// Stands in each of a subscriber's loops, none of which outlives another: a loop that is left, be
/// it by an exception (no memory), ends those that still wait for the socket or the outbox.
struct last_call {
  subscriber& s;
  ~last_call() {
    s.box.abandon();
    s.link.cancel();
  }
};

/// Pushes what it has subscribed to: what it has missed, what is published from then on, and a
/// random event at once and then each interval. A tick that is late is skipped.
task<void> push(subscriber& s, hub& center);

}  // namespace ws_demo
