#pragma once

// Who has subscribed to what, and delivering to them what the log gives. No sockets.
//
// An event becomes one text that all its subscribers share.
//
// The server owns it; it outlives the memberships. Threads: the io_context's only.

#include "common/memory_budget.hpp"
#include "events/event_sink.hpp"
#include "events/history.hpp"
#include "events/replay.hpp"
#include "events/subscription.hpp"
#include "net/asio.hpp"
#include "net/awaitable_event.hpp"
#include "ws_demo/event_log.hpp"
#include "ws_demo/options.hpp"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ws_demo {

class hub final : public event_log::reader {
 public:
  /// @param limits and memory, to which events are charged, outlive the hub and its events.
  hub(const executor& on, const options& limits, memory_budget& memory);
  ~hub() = default;
  hub(const hub&) = delete;
  hub& operator=(const hub&) = delete;

  void begin(std::string epoch, std::uint64_t newest) override;
  void gone(std::string_view topic, std::uint64_t number) override;
  bool discard_some() override { return past_.drop_some(); }
  /// Delivers an event to all who have subscribed to its topic now, and keeps it in the history.
  std::size_t take(const event_log::event& e) override;
  bool is_busy() const override { return has_pending_flushes(); }

  /// @param shared event_log::is_shared()
  void set_shared(bool shared) { is_shared_ = shared; }

  /// Where somebody stands who has been told of all that was published so far.
  event_id position() const { return {epoch_, number_}; }

  /// Flushes the subscribers that take() has queued an event for, where they are too many for
  /// one turn of the loop. To be awaited once; it returns after stop().
  task<void> flush_pending();
  void stop() { flush_needed_.stop(); }
  /// Asks for it, where there are such subscribers.
  void flush_rest() noexcept;
  /// Whether subscribers still have to be flushed.
  bool has_pending_flushes() const { return !pending_flush_.empty(); }

  class membership;

  /// Why some of the missed events that are asked for cannot be replayed; empty if all can.
  std::string gap_before(const subscription& wanted) const;
  /// The missed events that are asked for, as far as the history has them.
  /// @param wanted outlives the replay.
  replay replay_for(const subscription& wanted) const;

  history& past() { return past_; }
  const history& past() const { return past_; }
  /// To which events are charged.
  memory_budget& memory() const { return memory_; }
  const std::string& epoch() const { return epoch_; }

 private:
  struct member {
    event_sink& sink;
    std::uint64_t newest;  // number of the last event that it has: two patterns may match one
  };
  /// A member's place in the list of one of its patterns.
  struct place : boost::intrusive::list_base_hook<> {
    member* of = nullptr;
  };
  using places = boost::intrusive::list<place, boost::intrusive::constant_time_size<false>>;
  using places_by_pattern = std::map<std::string, places, std::less<>>;
  using sink_list = boost::intrusive::list<event_sink, boost::intrusive::constant_time_size<false>>;

  static std::size_t node_bytes(const places_by_pattern::value_type& pattern);
  std::size_t deliver(const shared_event& e, std::string_view to_pattern,
                      steady_clock::time_point now);
  /// Whether a subscriber may have got an event with this number.
  bool may_know(std::uint64_t number) const { return number <= number_ || is_shared_; }
  void give(const shared_event& e, member& to, steady_clock::time_point now);
  /// What a subscriber is told of a gap that was not there when it came: as in a replay of nothing.
  struct gap_notice {
    shared_event gap;
    shared_event end;
  };
  gap_notice make_notice(std::string_view reason, const event_id& at) const;
  /// @param all of the subscribers, or those that have no event as new
  void tell(const gap_notice& notice, bool all);
  void flush_some();

  executor on_;
  memory_budget& memory_;
  history past_;
  std::string epoch_;
  std::uint64_t number_ = 0;  // of the newest event
  bool has_begun_ = false;
  bool is_shared_ = false;
  places_by_pattern places_;  // without empty lists
  sink_list pending_flush_;
  awaitable_event flush_needed_;
};

/// While it lives, a sink gets what is published on its topics, each event once.
class hub::membership {
 public:
  /// @param of and sink outlive it. The memory is charged to the budget of the hub.
  /// @param patterns topics and patterns, each once
  /// @param after number of the event after which it gets them
  membership(hub& of, event_sink& sink, const std::vector<std::string>& patterns,
             std::uint64_t after = 0);
  ~membership();
  membership(const membership&) = delete;
  membership& operator=(const membership&) = delete;

 private:
  struct entry {
    places_by_pattern::iterator list;
    place here;
  };
  void forget_empty_lists();

  hub& of_;
  member member_;
  std::vector<entry> entries_;
  memory_charge memory_;
};

}  // namespace ws_demo
