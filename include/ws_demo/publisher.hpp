#pragma once

// What is published, on its way to the hub, whatever the way in: checked, counted, and paced. No
// sockets.
//
// The server owns it. Threads: the io_context's only, but for event_error().

#include "ws_demo/hub.hpp"
#include "ws_demo/json_text.hpp"
#include "ws_demo/metrics.hpp"
#include "ws_demo/net.hpp"
#include "ws_demo/options.hpp"
#include "ws_demo/refusals.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>

namespace ws_demo {

/// What is wrong with an event whose payload is known to be JSON; empty where nothing is.
std::string event_error(std::string_view topic, std::string_view payload, const options& limits);

/// How long a line may be: a payload, and what a line has beside it, namely names, topic, spaces.
std::size_t max_line_bytes(const options& limits);

/// Reads `{"topic":…,"payload":…}`, or says what is wrong with it.
std::variant<published_line, std::string> parse_event_line(std::string_view line,
                                                           const options& limits);

class publisher {
 public:
  /// The references outlive it.
  publisher(const executor& on, const options& limits, hub& center, metrics& counts,
            refusals& refused);

  const options& limits() const { return limits_; }

  /// Publishes an event, of which event_error() has found nothing, in its turn: one at a time,
  /// whoever publishes, and the next when all have been told of it. Peers that take what they are
  /// sent are sent as much a turn of the loop, so that only those fall behind that are slow by
  /// themselves, however fast the events come in.
  /// @param way_in for the metrics
  /// @param from who publishes, for the log
  /// @returns nothing where there is no room for the topic, which is counted and logged, or once
  /// stopped.
  task<std::optional<hub::receipt>> publish(std::string_view topic, std::string_view payload,
                                            std::string_view way_in, std::string_view from);

  /// The same at once.
  std::optional<hub::receipt> publish_now(std::string_view topic, std::string_view payload,
                                          std::string_view way_in, std::string_view from);

  /// Whether an event could be published on each of these topics. Where not, that is counted and
  /// logged.
  bool has_room_for(const std::set<std::string_view>& topics, std::string_view from);

  /// As long as it lives, there is room for these topics, for which there was when it was made.
  class reservation {
   public:
    /// Both outlive it.
    reservation(history& past, const std::set<std::string_view>& topics);
    ~reservation() { past_.forget_promise(topics_); }
    reservation(const reservation&) = delete;
    reservation& operator=(const reservation&) = delete;

   private:
    history& past_;
    const std::set<std::string_view>& topics_;
  };
  reservation reserve(const std::set<std::string_view>& topics) { return {center_.past(), topics}; }

  /// Counts and logs a line of input of which nothing could be made. Where there are more than some
  /// a second, the others are told of together.
  /// @param number of the line
  void skip_line(std::uint64_t number, std::string_view why);

  /// Nothing more is published; who waits for a turn does so no longer.
  void stop();
  bool stopped() const { return stopped_; }

 private:
  class turn;

  const options& limits_;
  hub& center_;
  metrics& counts_;
  refusals& refused_;
  bool taken_ = false;  // somebody has the turn
  timer passed_on_;     // never expires: those who wait for the turn wait for it
  int lines_told_ = 0;  // one by one, in this second
  steady_clock::time_point lines_told_from_ = steady_clock::time_point::min();
  bool stopped_ = false;
};

}  // namespace ws_demo
