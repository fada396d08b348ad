#pragma once

// Publishing to the hub, whatever the source (HTTP, standard input, the library): events are
// checked, counted, and paced. No sockets.
//
// The server owns it. Threads: the io_context's only, but for event_error().

#include "common/limited_log.hpp"
#include "common/metrics.hpp"
#include "events/hub.hpp"
#include "events/json_text.hpp"
#include "net/asio.hpp"
#include "net/awaitable_event.hpp"
#include "ws_demo/options.hpp"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace ws_demo {

/// What is wrong with an event whose payload is known to be JSON; empty if nothing is.
std::string event_error(std::string_view topic, std::string_view payload, const options& limits);

/// Longest line: options::max_event_bytes of payload, and 1 KiB for the topic, names and spaces.
std::size_t max_line_bytes(const options& limits);

/// Reads `{"topic":…,"payload":…}`, or says what is wrong with it.
std::variant<published_line, std::string> parse_event_line(std::string_view line,
                                                           const options& limits);

class publisher {
 public:
  /// The references outlive it.
  publisher(executor on, const options& limits, hub& center, metrics& counts, limited_log& log);

  const options& limits() const { return limits_; }
  memory_budget& memory() const { return center_.memory(); }

  /// Publishes an event in which event_error() has found nothing wrong. Publishers take turns,
  /// first come, first served, and one event has been flushed to all subscribers before the next is
  /// published: so only peers that are slow by themselves fall behind, however fast events come.
  /// @param source for the metrics: "http", "library" or "stdin"
  /// @param from who publishes, for the log
  /// @returns nothing where the history has no room for the topic, which is counted and logged, or
  /// once stopped.
  task<std::optional<hub::receipt>> publish(std::string_view topic, std::string_view payload,
                                            std::string_view source, std::string_view from);

  /// The same, at once and out of turn.
  std::optional<hub::receipt> publish_now(std::string_view topic, std::string_view payload,
                                          std::string_view source, std::string_view from);

  /// Reserves room in the history for events on this topic. Where there is none, that is counted
  /// and logged.
  std::optional<history::reservation> reserve(std::string_view topic, std::string_view from);

  /// Counts and logs an event that there was no memory to publish.
  void lose(std::string_view topic, std::string_view from) { log_.refuse("memory", from, topic); }

  /// Counts and logs an invalid line of input.
  /// @param number of the line, from 1
  void skip_line(std::uint64_t number, std::string_view why) noexcept;

  /// Publishes nothing more: who waits for a turn, or comes later, gets nothing.
  void stop() { stopped_ = true; }
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

  const options& limits_;
  hub& center_;
  metrics& counts_;
  limited_log& log_;
  executor on_;
  bool turn_is_taken_ = false;
  boost::intrusive::list<turn, boost::intrusive::constant_time_size<false>> waiting_;  // for a turn
  bool stopped_ = false;
};

}  // namespace ws_demo
