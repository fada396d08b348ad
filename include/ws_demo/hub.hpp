#pragma once

// Who has subscribed to what, and publishing to them. No sockets.
//
// A published event becomes one text, which every outbox that it goes to shares. Its number is one
// more than that of the event before it, on whatever topic.
//
// The sources own it; it outlives the memberships it gives. Threads: the io_context's only.

#include "ws_demo/history.hpp"
#include "ws_demo/net.hpp"
#include "ws_demo/options.hpp"
#include "ws_demo/outbox.hpp"
#include "ws_demo/subscription.hpp"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ws_demo {

class hub {
 public:
  /// @param limits outlives the hub.
  hub(const executor& on, const options& limits);

  struct receipt {
    event_id id;
    std::size_t subscribers;
  };
  /// Publishes to all who have subscribed to the topic now, and keeps it for those who come back.
  /// @param topic is_topic(topic), and there is room for it
  /// @param payload JSON, which is passed on as it is
  receipt publish(std::string_view topic, std::string_view payload);

  /// Tells the subscribers of what there is for them, where those are too many to be told while it
  /// is published: some a turn, so that thousands do not delay whoever else is due. To be awaited
  /// once; it returns after stop().
  task<void> wake_subscribers();
  void stop();
  /// Whether there are some who have not been told yet.
  bool has_sleepers() const { return !sleepers_.empty(); }

  class membership;

  /// Why some of what a peer asks for, which was here before, cannot be replayed; empty if all of
  /// it can.
  std::string gap_before(const subscription& wanted) const;
  /// What there is of what it asks for, which outlives this.
  history::replay replay(const subscription& wanted);

  history& past() { return past_; }
  const history& past() const { return past_; }
  const std::string& epoch() const { return epoch_; }

  /// Forgets what is too old. To be called now and then.
  void expire(steady_clock::time_point now) { past_.expire(now); }

 private:
  struct member {
    outbox& box;
    std::uint64_t got = 0;  // number of the newest event it was sent: two patterns may match one
  };
  /// A member in the list of those that have subscribed to one of its patterns.
  struct place : boost::intrusive::list_base_hook<> {
    member* who = nullptr;
  };
  using places = boost::intrusive::list<place, boost::intrusive::constant_time_size<false>>;
  using places_by_pattern = std::map<std::string, places, std::less<>>;

  std::size_t send(const shared_text& text, std::string_view to_pattern);
  void wake_some();

  history past_;
  std::string epoch_;
  std::uint64_t number_ = 0;  // of the newest event
  places_by_pattern places_;  // none of them empty
  boost::intrusive::list<outbox, boost::intrusive::constant_time_size<false>> sleepers_;
  timer changed_;  // never expires: cancelling it says that there are sleepers
  bool stopped_ = false;
};

/// As long as it lives, an outbox gets what is published on its topics, each event once.
class hub::membership {
 public:
  /// @param of and box outlive it.
  /// @param patterns topics and patterns, each once
  membership(hub& of, outbox& box, const std::vector<std::string>& patterns);
  ~membership();
  membership(const membership&) = delete;
  membership& operator=(const membership&) = delete;

 private:
  struct held {
    places_by_pattern::iterator list;
    place here;
  };
  hub& of_;
  member who_;
  std::vector<held> held_;
};

}  // namespace ws_demo
