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
  /// The arguments outlive it.
  publisher(const options& limits, hub& center, metrics& counts, refusals& refused)
      : limits_(limits), center_(center), counts_(counts), refused_(refused) {}

  const options& limits() const { return limits_; }

  /// Whether an event could be published on each of these topics. Where not, that is counted and
  /// logged.
  /// @param from who asks, for the log
  bool has_room_for(const std::set<std::string_view>& topics, std::string_view from);

  /// Publishes an event, of which event_error() has found nothing, on a topic for which there is
  /// room.
  /// @param way_in for the metrics
  hub::receipt publish(std::string_view topic, std::string_view payload, std::string_view way_in);

  /// Counts a line of input of which nothing could be made.
  void note_skipped_line() { ++counts_.refused["line"]; }

  /// To be awaited after each of many events: others go first. Peers that take what they are sent
  /// are sent as much a turn, so that only those fall behind that are slow by themselves, however
  /// fast the events come in.
  task<void> pace();

 private:
  const options& limits_;
  hub& center_;
  metrics& counts_;
  refusals& refused_;
};

}  // namespace ws_demo
