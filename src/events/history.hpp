#pragma once

// The newest events of each topic, for subscribers that have missed them. No sockets.
//
// Three limits (options) apply: events per topic, age, and total bytes. Over the total, the oldest
// events are dropped of which their topic has a newer one, so that a busy topic never displaces the
// last event of a quiet one; those are dropped only when nothing else is left. A topic without
// events is forgotten, but for the number of the newest event that was dropped of it.
//
// Looking something up costs the logarithm of what there is, whatever the pattern: each topic has
// the numbers of its events, and so has each pattern `name.*` that includes one.
//
// The hub owns it. Threads: the io_context's only.

#include "common/memory_budget.hpp"
#include "events/dropped_record.hpp"
#include "events/event.hpp"
#include "net/asio.hpp"
#include "ws_demo/options.hpp"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ws_demo {

class history {
  struct topic;

 public:
  /// @param limits and memory outlive the history. At most half of the memory is for it, whatever
  /// options::history_bytes is.
  history(const options& limits, memory_budget& memory);

  /// Whether there is room for an event on this topic: with those that are reserved, there may be
  /// options::max_topics_total.
  bool has_room_for(std::string_view topic_name) const;

  /// Room for events on a topic while this lives.
  class reservation {
   public:
    reservation(reservation&& other) noexcept
        : in_(other.in_), topic_(std::exchange(other.topic_, nullptr)) {}
    ~reservation();
    reservation(const reservation&) = delete;
    reservation& operator=(const reservation&) = delete;
    reservation& operator=(reservation&&) = delete;

    std::string_view topic_name() const;

   private:
    friend history;
    reservation(history& in, topic& t) : in_(&in), topic_(&t) {}

    history* in_;
    topic* topic_;
  };
  /// Nothing where there is no room.
  std::optional<reservation> reserve(std::string_view topic_name);
  /// Nothing where there is no room, or the topic is there already.
  std::optional<reservation> reserve_if_new(std::string_view topic_name);

  /// Begins with the next event to come; there is none now. Numbers from before mean nothing more.
  void begin_after(std::uint64_t newest);
  /// The log has had events that are known only by their numbers.
  /// @param topic_name empty for any topic; of one, it comes before the first event
  /// @param number of the newest event of the topic that the log has not any more
  void set_gone(std::string_view topic_name, std::uint64_t number);
  /// @param dropped is called with topic and number of each event that is dropped. It does not
  /// throw.
  void on_dropped(std::function<void(std::string_view, std::uint64_t)> dropped) {
    on_dropped_ = std::move(dropped);
  }

  /// Appends an event. Without memory it throws, and nothing has changed.
  /// @param number greater than that of the event before it
  void append(std::string_view topic_name, std::uint64_t number, shared_event e,
              steady_clock::time_point now);

  /// Drops events older than options::history_age, or over the limit of bytes, a bounded number of
  /// them.
  /// @returns whether there are more
  bool expire(steady_clock::time_point now);
  /// Drops a bounded number of events, those first that exceeding the limit would drop first.
  /// @returns whether there were any
  bool drop_some();

  /// Whether an event after `number`, on a topic that may match, has been dropped.
  bool has_gap(const std::vector<std::string>& patterns, std::uint64_t number) const;

  /// Number of the newest event that was ever appended, or dropped; 0 if there was none.
  std::uint64_t newest() const { return newest_; }
  std::uint64_t newest_dropped() const { return newest_dropped_; }

  /// Number of the first event after `number` on a topic that the pattern includes.
  std::optional<std::uint64_t> first_after(std::string_view pattern, std::uint64_t number) const;
  /// Number of the event of this topic before its newest `count` ones; 0 if it has not so many.
  std::uint64_t last_before_newest(std::string_view topic_name, std::uint64_t count) const;

  /// The event with this number, which there must be.
  const shared_event& at(std::uint64_t number) const { return events_.at(number).what; }
  /// How many events of the same topic are newer, of those up to a number.
  std::uint64_t count_newer(std::uint64_t than, std::uint64_t up_to) const {
    return events_.at(than).of->events.count(than, up_to);
  }

  std::size_t bytes() const { return event_bytes_ + own_.bytes(); }
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
    void pop_back() { all_.pop_back(); }
    void pop_front();
    std::optional<std::uint64_t> first_after(std::uint64_t number) const;
    /// The one before the newest `count`; 0 if there are not so many.
    std::uint64_t last_before_newest(std::uint64_t count) const;
    /// How many there are with `above` < number <= `up_to`.
    std::uint64_t count(std::uint64_t above, std::uint64_t up_to) const;

   private:
    std::vector<std::uint64_t>::const_iterator begin() const {
      return all_.begin() + static_cast<std::ptrdiff_t>(dropped_);
    }
    std::vector<std::uint64_t> all_;
    std::size_t dropped_ = 0;  // so many at the front of all_
  };
  /// Of all topics that a pattern `name.*` includes.
  struct prefix {
    std::set<std::uint64_t> events;   // their numbers; they are not dropped in order
    std::uint64_t dropped_up_to = 0;  // number of the newest one that has been dropped
    std::size_t topics = 0;
  };
  using prefixes = std::map<std::string, prefix, std::less<>>;  // by pattern
  struct topic {
    std::string_view name;  // the key in topics_
    numbers events;
    std::uint64_t dropped_up_to;  // number of the newest one that has been dropped
    std::size_t reservations = 0;
    std::vector<prefixes::iterator> within;
  };
  struct entry : boost::intrusive::list_base_hook<
                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    topic* of = nullptr;
    shared_event what;
    steady_clock::time_point at;
  };
  using superseded_list =
      boost::intrusive::list<entry, boost::intrusive::constant_time_size<false>>;

  topic& topic_named(std::string_view topic_name);
  void enter_prefixes(topic& t);
  void forget_if_unused(topic& t);
  void append_to(topic& t, std::uint64_t number, shared_event e, steady_clock::time_point now);
  void drop_oldest_of(topic& t);
  static std::size_t own_bytes_of(const entry& e);
  void add_own(std::size_t bytes) { own_.set(own_.bytes() + bytes); }
  void remove_own(std::size_t bytes) { own_.set(own_.bytes() - bytes); }
  bool is_too_large() const;
  void drop_first();
  /// Number of the newest event dropped of those that the pattern may include.
  std::uint64_t dropped_up_to(std::string_view pattern) const;

  const options& limits_;
  std::function<void(std::string_view, std::uint64_t)> on_dropped_;
  std::map<std::string, topic, std::less<>> topics_;
  prefixes prefixes_;
  std::map<std::uint64_t, entry> events_;  // by number
  superseded_list superseded_;        // events of which their topic has a newer one, oldest first
  std::size_t event_bytes_ = 0;       // charged by themselves
  memory_charge own_;                 // beside the events
  std::uint64_t newest_ = 0;          // number of an event
  std::uint64_t newest_dropped_ = 0;  // likewise
  std::uint64_t gone_up_to_ = 0;      // likewise: of any topic
  dropped_record forgotten_;          // of the topics and patterns that are not known now
};

}  // namespace ws_demo
