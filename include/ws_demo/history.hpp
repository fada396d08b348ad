#pragma once

// The newest events of each topic, for those who missed them. No sockets.
//
// There are three limits (options): events of one topic, age, and bytes in all. Where the bytes are
// too many, the oldest events go of which their topic has a newer one, so that a busy topic never
// pushes out a quiet one's last; those go only when nothing else is left. A topic that has no event
// any more is forgotten.
//
// The hub owns it. Threads: the io_context's only.

#include "ws_demo/net.hpp"
#include "ws_demo/options.hpp"
#include "ws_demo/outbox.hpp"

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

  /// Whether an event on each of these topics could be taken: there may be
  /// options::max_topics_total, with those that are promised.
  bool has_room_for(const std::set<std::string_view>& names) const;

  /// Keeps the room for events on these topics, until it is no longer needed. Called as often as
  /// the other.
  void promise_room_for(const std::set<std::string_view>& names);
  void forget_promise(const std::set<std::string_view>& names);

  /// Takes an event; numbers grow.
  void append(std::string_view topic_name, std::uint64_t number, shared_text text,
              steady_clock::time_point now);

  /// Drops what is too old.
  void expire(steady_clock::time_point now);

  /// Whether an event after `number` has been dropped that may have been on a topic that matches.
  bool has_gap(const std::vector<std::string>& patterns, std::uint64_t number) const;

  /// Reads what there is on some topics, in pages, while more comes and the oldest goes.
  class replay : public boost::intrusive::list_base_hook<
                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
   public:
    /// @param of and patterns outlive it.
    /// @param after number of the event after which it begins
    /// @param last only so many of the newest of each topic, of those that are there now; 0 for all
    replay(history& of, const std::vector<std::string>& patterns, std::uint64_t after,
           std::uint64_t last);
    replay(const replay&) = delete;
    replay& operator=(const replay&) = delete;

    /// Whether something that was still to come has been dropped since this was asked last.
    bool lost_some() { return std::exchange(lost_some_, false); }

    struct page {
      std::vector<shared_text> events;  // in order
      bool is_last;
    };
    /// What comes next, oldest first. It looks at a bounded number of events, so that nobody waits
    /// for long, and gives what half an outbox takes, or one event that is larger.
    page next();

   private:
    friend history;
    bool wants(const topic& t, std::uint64_t number) const;

    const history& of_;
    const std::vector<std::string>& patterns_;
    const std::uint64_t last_;
    const std::uint64_t begun_at_;  // number of the newest event then
    std::uint64_t done_up_to_;      // number of the newest event that has been looked at
    bool lost_some_ = false;
  };

  std::size_t bytes() const { return bytes_; }
  std::size_t events() const { return events_.size(); }
  std::size_t topics() const { return topics_.size(); }

 private:
  /// Of the events of a topic that there are, in order.
  class numbers {
   public:
    bool empty() const { return gone_ == all_.size(); }
    std::size_t size() const { return all_.size() - gone_; }
    std::uint64_t first() const { return all_[gone_]; }
    std::uint64_t last() const { return all_.back(); }
    void push_back(std::uint64_t number) { all_.push_back(number); }
    void pop_front();
    /// How many are above one number, and not above another.
    std::uint64_t count(std::uint64_t above, std::uint64_t up_to) const;

   private:
    std::vector<std::uint64_t> all_;
    std::size_t gone_ = 0;  // so many at the front
  };
  struct topic {
    std::string_view name;  // the key in topics_
    numbers events;
    std::uint64_t dropped_up_to;  // number of the newest one that has been dropped
    std::size_t promises = 0;     // how many bulks will bring an event on it
  };
  struct entry : boost::intrusive::list_base_hook<
                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    topic* of = nullptr;
    shared_text text;
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
  superseded_list superseded_;  // those of which their topic has a newer one, superseded first
  replay_list replays_;         // all there are
  std::size_t bytes_ = 0;
  std::uint64_t newest_dropped_ = 0;   // number of it
  std::uint64_t forgotten_up_to_ = 0;  // number of the newest event of a topic that is forgotten
};

}  // namespace ws_demo
