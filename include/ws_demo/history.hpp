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

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ws_demo {

/// An event as it goes out: the same bytes to everybody.
using shared_text = std::shared_ptr<const std::string>;

class history {
 public:
  /// @param limits outlives the history.
  explicit history(const options& limits) : limits_(limits) {}

  /// Whether an event on each of these topics could be taken: there may be
  /// options::max_topics_total.
  bool has_room_for(const std::set<std::string_view>& names) const;

  /// Takes an event; numbers grow.
  void append(std::string_view topic_name, std::uint64_t number, shared_text text,
              steady_clock::time_point now);

  /// Drops what is too old.
  void expire(steady_clock::time_point now);

  /// Whether an event after `number` has been dropped that may have been on a topic that matches.
  bool has_gap(const std::vector<std::string>& patterns, std::uint64_t number) const;

  struct page {
    std::vector<shared_text> events;  // in order
    std::uint64_t up_to;              // the next page comes after this number
    bool is_last;
  };
  /// What there is after `number` on the topics that match, oldest first. It looks at a bounded
  /// number of events, so that nobody waits for long, and gives what fits an empty outbox: there
  /// may be more pages.
  /// @param last only so many of the newest of each topic; 0 for all
  page after(std::uint64_t number, const std::vector<std::string>& patterns,
             std::uint64_t last) const;

  std::size_t bytes() const { return bytes_; }
  std::size_t events() const { return events_.size(); }
  std::size_t topics() const { return topics_.size(); }

 private:
  struct entry;
  struct topic {
    std::string_view name;        // the key in topics_
    std::uint64_t first = 0;      // number of its oldest event
    std::uint64_t last = 0;       // and of its newest
    std::size_t count = 0;        // how many there are
    std::uint64_t taken = 0;      // how many there have been
    std::uint64_t dropped_up_to;  // number of the newest one that has been dropped
  };
  struct entry : boost::intrusive::list_base_hook<
                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    topic* of = nullptr;
    shared_text text;
    steady_clock::time_point at;
    std::uint64_t ordinal = 0;        // among the events of its topic
    std::uint64_t next_of_topic = 0;  // its number; 0: this is the newest
  };
  using superseded_list =
      boost::intrusive::list<entry, boost::intrusive::constant_time_size<false>>;

  void drop_oldest_of(topic& t);
  void drop_until_small_enough();

  const options& limits_;
  std::map<std::string, topic, std::less<>> topics_;
  std::map<std::uint64_t, entry> events_;  // by number
  superseded_list superseded_;  // those of which their topic has a newer one, superseded first
  std::size_t bytes_ = 0;
  std::uint64_t forgotten_up_to_ = 0;  // number of the newest event of a topic that is forgotten
};

}  // namespace ws_demo
