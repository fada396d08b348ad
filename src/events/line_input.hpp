#pragma once

// Publishing from a descriptor, such as standard input: one event a line.

#include "events/publisher.hpp"
#include "net/asio.hpp"

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ws_demo {

/// Publishes each line of NDJSON (`{"topic":…,"payload":…}`) as it comes. An invalid line is logged
/// with its number, counted, and skipped. Nothing more is read before the events read so far have
/// been published, or appended to a log that stores them later, so that a producer that is faster
/// blocks in its write.
///
/// The server owns it. Threads: the io_context's only.
class line_input {
 public:
  /// @param descriptor a pipe, a socket, a terminal or a file, open as long as this lives, and
  /// non-blocking meanwhile.
  /// @param to outlives the input
  line_input(const executor& on, int descriptor, publisher& to);
  ~line_input();
  line_input(const line_input&) = delete;
  line_input& operator=(const line_input&) = delete;

  /// Reads until the end of the input, or stop(). To be awaited once.
  task<void> publish_all();

  void stop();

 private:
  task<void> publish_lines_of(std::string_view chunk);
  /// Appends to the line whose end has not been read yet.
  void keep(std::string_view part);
  /// Publishes that line.
  /// @returns why it was skipped; empty if it was not.
  task<std::string> publish_line();

  publisher& to_;
  asio::posix::basic_stream_descriptor<executor> input_;
  const int descriptor_;
  const int flags_;                   // of the descriptor, as it was
  const std::size_t max_line_bytes_;  // of a line
  std::string line_;
  bool too_long_ = false;  // the line is skipped
  bool stopped_ = false;
  std::uint64_t lines_ = 0;
  std::uint64_t skipped_ = 0;
};

}  // namespace ws_demo
