#pragma once

// Events that come as lines on a descriptor, such as standard input.

#include "events/publisher.hpp"
#include "net/asio.hpp"

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ws_demo {

/// Publishes each line of NDJSON (`{"topic":…,"payload":…}`) as it comes. A line that is not that
/// is logged with its number, counted, and skipped. No more is read before what has been read is
/// published, so that a producer that is faster waits in its write.
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
  /// Appends to the line of which the end has not come yet.
  void keep(std::string_view part);
  /// Its end has come.
  /// @returns why it is skipped; empty if it is not.
  task<std::string> publish_line();

  publisher& to_;
  asio::posix::basic_stream_descriptor<executor> input_;
  const int descriptor_;
  const int flags_;                  // of the descriptor, as it was
  const std::size_t longest_bytes_;  // of a line
  std::string begun_;
  bool too_long_ = false;  // and so it is passed over
  bool stopped_ = false;
  std::uint64_t lines_ = 0;
  std::uint64_t skipped_ = 0;
};

}  // namespace ws_demo
