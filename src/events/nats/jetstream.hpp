#pragma once

// JetStream's requests and answers as text: JSON, subjects, headers (NATS ADR-1 and others). No
// I/O.
//
// libnats has functions for the same. They are not used, because they know only the settings of
// their time, and would reset the others of a stream that somebody else has made, and because their
// consumers go on by themselves where this program must look first whether the stream is still the
// same one.

#include "ws_demo/options.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ws_demo::jetstream {

/// Of a topic: `<stream>.<topic>`, with `~`, which no topic has, for each empty name between dots.
std::string subject_of(std::string_view stream, std::string_view topic);
/// Nothing if it is no subject of a topic.
std::optional<std::string> topic_of(std::string_view stream, std::string_view subject);

/// Where in the stream a delivered message stands, in the reply subject of it.
struct place {
  std::string_view consumer;
  std::uint64_t number = 0;           // in the stream
  std::uint64_t consumer_number = 0;  // of the consumer's messages, from 1
  std::chrono::system_clock::time_point at;
  std::uint64_t pending = 0;  // messages that follow
};
std::optional<place> parse_place(std::string_view reply_subject);

/// The error of an answer.
struct failure {
  int code = 0;  // one of JetStream's own, https://docs.nats.io; 0 for none
  std::string text;

  explicit operator bool() const { return code != 0; }
  bool means_no_stream() const;
  /// Whether somebody else has just made the stream.
  bool means_name_in_use() const;
  /// Whether the stream takes no events of this size.
  bool means_too_large() const;
  /// Whether the request may succeed if it is sent again.
  bool is_temporary() const;
};
failure parse_failure(std::string_view answer);

/// The number of a stored event, in the answer to publishing it.
struct stored {
  std::uint64_t number = 0;
  bool is_duplicate = false;  // it was stored before, with the same key
};
std::optional<stored> parse_stored(std::string_view answer);

/// The time of a message that was asked for, as place::at; nothing where there is no such message.
std::optional<std::string> parse_time(std::string_view answer);
/// How JetStream writes it.
std::string time_text(std::chrono::system_clock::time_point at);

/// A stream as the server describes it.
struct stream_info {
  std::string config;  // JSON
  std::string epoch;   // in its description; empty if there is none
  std::uint64_t last = 0;
};
/// @throws std::runtime_error where the answer is none
stream_info parse_stream(std::string_view answer);

/// The settings of a new stream.
std::string new_stream(const options& o, std::string_view epoch);
/// The same settings with this epoch in the description.
std::string with_epoch(std::string_view config, std::string_view epoch);
/// The settings of a stream that ws-demo has made, if its limits are not those of the options.
std::optional<std::string> with_limits(std::string_view config, const options& o);
/// Why events cannot be kept in a stream with these settings; empty if they can.
std::string unfitness(std::string_view config, const options& o);
/// How long the stream knows keys of events.
std::chrono::milliseconds duplicate_window(std::string_view config);

/// The epoch of a log that has lost its end, and will give the same numbers again. All that notice
/// it choose the same.
std::string epoch_after(std::string_view epoch);

/// A request for a consumer that delivers messages in order, and says once a second that it lives.
/// @param from number of the first event
std::string new_consumer(std::string_view stream, std::string_view name,
                         std::string_view deliver_to, std::uint64_t from);
/// @param since the first event is not older
std::string new_consumer(std::string_view stream, std::string_view name,
                         std::string_view deliver_to, std::chrono::system_clock::time_point since);
/// Number of the event before the first that a new consumer delivers.
std::uint64_t parse_consumer(std::string_view answer);

}  // namespace ws_demo::jetstream
