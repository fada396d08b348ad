#pragma once

// The newest events of each topic, for subscribers that have missed them. No sockets.
//
// Three limits (options) apply: events per topic, age, and total bytes. Over the total, the oldest
// events are dropped of which their topic has a newer one, so that a busy topic never displaces the
// last event of a quiet one; those are dropped only when nothing else is left. A topic without
// events is forgotten.
//
// The hub owns it. Threads: the io_context's only.

#include "events/event.hpp"
#include "net/asio.hpp"
#include "ws_demo/options.hpp"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ws_demo {

class history {
  struct topic;

 public:
  /// @param limits outlives the history.
  explicit history(const options& limits) : limits_(limits) {}

  /// Whether there is room for an event on each of these topics: with those that are reserved,
  /// there may be options::max_topics_total.
  bool has_room_for(const std::set<std::string_view>& names) const;

  /// Reserves room for events on these topics, until it is released as often.
  void reserve(const std::set<std::string_view>& names);
  void release(const std::set<std::string_view>& names);

  /// Appends an event.
  /// @param number greater than that of the event before it
  void append(std::string_view topic_name, std::uint64_t number, shared_event e,
              steady_clock::time_point now);

  /// Drops events older than options::history_age.
  void expire(steady_clock::time_point now);

  /// Whether an event after `number`, on a topic that may match, has been dropped.
  bool has_gap(const std::vector<std::string>& patterns, std::uint64_t number) const;

  /// Reads the events of some topics in pages, while new ones are appended and old ones dropped.
  class replay : public boost::intrusive::list_base_hook<
                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
   public:
    /// @param of and patterns outlive it.
    /// @param after number of the event after which it begins
    /// @param last at most so many of the events that each topic has now, the newest; 0 for all
    replay(history& of, const std::vector<std::string>& patterns, std::uint64_t after,
           std::uint64_t last);
    replay(const replay&) = delete;
    replay& operator=(const replay&) = delete;

    /// Whether an event that was still to be read has been dropped since the last call.
    bool lost_some() { return std::exchange(lost_some_, false); }

    struct page {
      std::vector<shared_event> events;  // in order
      bool is_last;
    };
    /// The next events, oldest first: at most half of options::max_queue_bytes, or one event that
    /// is larger. Looks at a bounded number of events, and may find none before the last page.
    page next();

   private:
    friend history;
    bool wants(const topic& t, std::uint64_t number) const;

    const history& of_;
    const std::vector<std::string>& patterns_;
    const std::uint64_t last_;
    const std::uint64_t newest_at_start_;  // number of an event
    std::uint64_t position_;               // number of the last event that has been looked at
    bool lost_some_ = false;
  };

  std::size_t bytes() const { return bytes_; }
  std::size_t events() const { return events_.size(); }
  std::size_t topics() const { return topics_.size(); }

 private:
  /// The numbers of a topic's events, in order.
  class numbers {
   public:
    bool empty() const { return dropped_ == all_.size(); }
    std::size_t size() const { return all_.size() - dropped_; }
    std::uint64_t first() const { return all_[dropped_]; }
    std::uint64_t last() const { return all_.back(); }
    void push_back(std::uint64_t number) { all_.push_back(number); }
    void pop_front();
    /// How many there are with `above` < number <= `up_to`.
    std::uint64_t count(std::uint64_t above, std::uint64_t up_to) const;

   private:
    std::vector<std::uint64_t> all_;
    std::size_t dropped_ = 0;  // so many at the front of all_
  };
  struct topic {
    std::string_view name;  // the key in topics_
    numbers events;
    std::uint64_t dropped_up_to;  // number of the newest one that has been dropped
    std::size_t reservations = 0;
  };
  struct entry : boost::intrusive::list_base_hook<
                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    topic* of = nullptr;
    shared_event what;
    steady_clock::time_point at;
  };
  using superseded_list =
      boost::intrusive::list<entry, boost::intrusive::constant_time_size<false>>;
  using replay_list = boost::intrusive::list<replay, boost::intrusive::constant_time_size<false>>;

  topic& topic_named(std::string_view name);
  void forget_if_unused(topic& t);
  void drop_oldest_of(topic& t);
  void drop_until_small_enough();

  const options& limits_;
  std::map<std::string, topic, std::less<>> topics_;
  std::map<std::uint64_t, entry> events_;  // by number
  superseded_list superseded_;  // events of which their topic has a newer one, oldest first
  replay_list replays_;         // all under way
  std::size_t bytes_ = 0;
  std::uint64_t newest_dropped_ = 0;   // number of an event
  std::uint64_t forgotten_up_to_ = 0;  // number of the newest event of the topics forgotten
};

}  // namespace ws_demo
