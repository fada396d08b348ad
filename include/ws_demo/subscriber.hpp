#pragma once

// One who gets events, whatever the way out: over WebSocket (session) or as Server-Sent Events
// (event_stream). Each way out owns one, in its coroutine's frame, and hears what comes from the
// other side; what goes there needs no coroutine.

#include "ws_demo/connection.hpp"
#include "ws_demo/frame.hpp"
#include "ws_demo/history.hpp"
#include "ws_demo/hub.hpp"
#include "ws_demo/metrics.hpp"
#include "ws_demo/options.hpp"
#include "ws_demo/outbox.hpp"
#include "ws_demo/pulse.hpp"
#include "ws_demo/sender.hpp"
#include "ws_demo/sources.hpp"
#include "ws_demo/subscription.hpp"
#include "ws_demo/turns.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ws_demo {

/// Threads: the io_context's only.
struct subscriber : private outbox::reader, private turns::taker {
  /// The references outlive it.
  subscriber(connection& c, const options& o, metrics& m, subscription s, connection::manner w,
             framing as);
  virtual ~subscriber() { link.set_outbox(nullptr, {}); }
  subscriber(const subscriber&) = delete;
  subscriber& operator=(const subscriber&) = delete;

  /// From now on it is pushed what it has subscribed to: what it has missed, then what is
  /// published, and a random event at once and then each interval.
  void start(sources& from);

  /// The one line in the log when it has come, and the one when it goes.
  void tell_opened(std::string_view target);
  void tell_closed();

  connection& link;
  const options& limits;
  metrics& counts;
  const subscription wanted;
  outbox box;
  sender out;
  std::uint64_t received = 0;  // messages

 private:
  /// What it has missed, on the way to it.
  struct missed {
    missed(hub& center, const subscription& wanted)
        : events(center.replay(wanted)), gap(center.gap_before(wanted)) {}

    history::replay events;
    std::string gap;  // why some of it is gone, until the subscriber is told
    std::uint64_t count = 0;
  };

  void filled() override;
  void take_turn() override;
  /// Without telling the reader. True when that was the last.
  bool push_page();
  /// The next page is due when the one before has been sent.
  void go_on_replaying();
  void join();

  const connection::manner way_;
  const steady_clock::time_point opened_ = steady_clock::now();
  bool said_close_ = false;
  sources* from_ = nullptr;
  std::unique_ptr<missed> missed_;
  std::optional<hub::membership> subscribed_;
  std::optional<pulse::beat> beat_;
};

}  // namespace ws_demo
