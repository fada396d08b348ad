#pragma once

// Publishing to the log, whatever the source (HTTP, standard input, the library): events are
// checked, counted, and paced. No sockets.
//
// The server owns it. Threads: the io_context's only, but for event_error().

#include "common/limited_log.hpp"
#include "common/metrics.hpp"
#include "events/hub.hpp"
#include "events/json_text.hpp"
#include "net/asio.hpp"
#include "net/awaitable_event.hpp"
#include "ws_demo/event_log.hpp"
#include "ws_demo/options.hpp"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ws_demo {

/// Memory of its texts.
std::size_t heap_bytes_of(const event_log::entry& e);

/// What is wrong with an event whose payload is known to be JSON; empty if nothing is.
std::string event_error(std::string_view topic, std::string_view payload, const options& limits);

/// Longest line: options::max_event_bytes of payload, and 1 KiB for the topic, names and spaces.
std::size_t max_line_bytes(const options& limits);

/// Reads `{"topic":…,"payload":…}`, or says what is wrong with it.
std::variant<published_line, std::string> parse_event_line(std::string_view line,
                                                           const options& limits);

/// What has become of an event, or of several that were published together.
struct publish_result {
  enum class outcome : std::uint8_t {
    published,
    no_room,     // for another topic in the history, which is counted and logged
    stopped,     // the server
    not_stored,  // by the log
    too_large,   // for the log
    in_doubt,    // nobody knows whether the log has stored it, or only some were stored
  };
  outcome what = outcome::published;  // of the first that was not published
  event_id id;                        // of the last
  std::size_t subscribers = 0;        // that the last was delivered to
  std::string why;                    // it was not stored, or is in doubt

  explicit operator bool() const { return what == outcome::published; }
};

class publisher {
 public:
  /// The references outlive it.
  publisher(executor on, const options& limits, hub& center, event_log& to, metrics& counts,
            limited_log& log);

  const options& limits() const { return limits_; }
  memory_budget& memory() const { return center_.memory(); }

  /// Who publishes. The source is for the metrics: "http", "library" or "stdin", and outlives the
  /// publisher; the other is for the log.
  struct origin {
    std::string_view source;
    std::string_view from;
  };

  /// Events that are published one after the other, and stored together where the log can do that.
  class batch {
   public:
    explicit batch(publisher& to);

    /// Appends an event in which event_error() has found nothing wrong. Publishers take turns,
    /// first come, first served. With the log in memory, one event has been flushed to all
    /// subscribers before the next is published; another log sees to that by itself. So only peers
    /// that are slow by themselves fall behind, however fast events come.
    /// @param key of the publisher's own, for a log that knows keys; empty for none
    /// @returns false where nothing will come of this event: result() says why
    task<bool> add(std::string_view topic, std::string_view payload, origin by,
                   std::string_view key = {});
    /// The same with several for which room has been reserved, and which are stored together or not
    /// at all.
    /// @param text_bytes heap_bytes_of() all of them
    task<bool> add_all(std::vector<event_log::entry> events, std::size_t text_bytes, origin by);
    /// The same, at once and out of turn.
    bool add_now(std::string_view topic, std::string_view payload, origin by,
                 std::string_view key = {});

    /// Whether it is known what has become of all.
    bool is_done() const { return now_->pending == 0; }
    const publish_result& result() const { return now_->result; }
    /// Waits until it is known.
    task<publish_result> wait();

   private:
    friend publisher;
    /// What the log answers to, however long that takes.
    struct state {
      explicit state(const executor& on) : changed(on) {}

      awaitable_event changed;
      std::size_t pending = 0;  // so many have been appended, and not answered
      publish_result result;
    };

    /// @returns false
    bool fail(publish_result::outcome what);
    /// Waits while too much waits to be stored.
    /// @returns false where the log has failed meanwhile
    task<bool> wait_for_room(origin by);

    publisher& to_;
    std::shared_ptr<state> now_;
  };

  /// Whether it is better to add() the events of a batch one by one, because the log delivers an
  /// event while it is appended.
  bool stores_at_once() const { return to_.stores_at_once(); }

  /// Whether so much waits to be stored that no more may.
  bool is_full() const { return in_log_memory_.bytes() > limits_.max_publish_queue_bytes; }

  /// Whether the log takes the keys of publishers.
  bool takes_keys() const { return to_.knows_keys(); }

  /// Publishes one event, as batch::add().
  task<publish_result> publish(std::string_view topic, std::string_view payload, origin by,
                               std::string_view key = {});

  /// Reserves room in the history for events on this topic. Where there is none, that is counted
  /// and logged.
  std::optional<history::reservation> reserve(std::string_view topic, std::string_view from);

  /// Counts and logs an event that there was no memory to publish.
  void lose(std::string_view topic, std::string_view from) { log_.refuse("memory", from, topic); }

  /// Counts and logs an invalid line of input.
  /// @param number of the line, from 1
  void skip_line(std::uint64_t number, std::string_view why) noexcept;

  /// Those that wait for room see whether the log has failed meanwhile.
  void look_again() { room_.set(); }

  /// Publishes nothing more: who waits for a turn, or comes later, gets nothing. The log still
  /// answers for what it has.
  void stop();
  bool stopped() const { return stopped_; }

 private:
  /// A turn to publish, in the frame of the coroutine that waits for it, or has it until its end.
  class turn : public boost::intrusive::list_base_hook<
                   boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
   public:
    explicit turn(publisher& of);
    ~turn();
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;

    bool is_granted() const { return is_granted_; }
    auto wait() { return granted_.wait(); }

   private:
    publisher& of_;
    awaitable_event granted_;
    bool is_granted_;
  };

  void refuse(std::string_view topic, std::string_view from);
  /// Events that the log has not answered for.
  struct appended {
    std::shared_ptr<batch::state> for_batch;
    std::optional<history::reservation> room;
    std::string_view source;
    std::size_t events = 0;
    std::size_t bytes = 0;
    steady_clock::time_point at;
  };
  using appended_list = std::list<appended>;

  /// @param text_bytes as of add_all()
  /// @param room in the history, for a topic that is not there yet
  void append(std::vector<event_log::entry> events, std::size_t text_bytes,
              std::optional<history::reservation> room, std::string_view source,
              const std::shared_ptr<batch::state>& for_batch);
  void take_answer(appended_list::iterator to, const event_log::result& r);
  void remove(appended_list::iterator answered);
  void charge_in_log(std::size_t bytes);
  void take_result(batch::state& of, const event_log::result& r, std::string_view source,
                   std::size_t events) noexcept;

  const options& limits_;
  hub& center_;
  event_log& to_;
  metrics& counts_;
  limited_log& log_;
  executor on_;
  bool turn_is_taken_ = false;
  boost::intrusive::list<turn, boost::intrusive::constant_time_size<false>> waiting_;  // for a turn
  appended_list in_log_;
  memory_charge in_log_memory_;
  awaitable_event room_;  // in it, for who has the turn
  bool stopped_ = false;
  /// The log may answer when this is gone.
  const std::shared_ptr<publisher*> alive_ = std::make_shared<publisher*>(this);
};

}  // namespace ws_demo
