#pragma once

#include "histogram.hpp"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <variant>

namespace ws_bench {

enum class mode : std::uint8_t { push, fanout, echo, churn };

/// What to do, as the command line said it. Each mode looks at what concerns it.
struct options {
  ws_bench::mode mode = mode::push;

  std::string host = "127.0.0.1";  // an IPv4 address
  std::uint16_t port = 9001;
  std::string path;  // target of the upgrade
  pid_t pid = 0;     // the server's process; 0 for none, whose costs are then not known
  bool json = false;

  std::uint32_t peers = 1000;
  std::uint32_t at_once = 64;  // connections that may be under way at once
  double rate = 5000;          // connections opened a second, at most; 0 for any number
  seconds duration{10};
  seconds settle{1};    // from the last connection to the measurement
  seconds timeout{10};  // for each connection to be open, for each answer to come
  seconds interval{1};  // between two pushes of the server

  std::size_t message_bytes = 128;
  std::uint32_t pipeline = 1;  // messages in flight of each peer

  double events_per_second = 10;
  std::size_t event_bytes = 0;  // of an event's payload, at least
  bool deflate = false;         // offer permessage-deflate
  std::string token;
};

struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// @return what to do, or what to print where help was asked for.
/// @throws usage_error, whose text is one line.
std::variant<options, std::string> parse_options(int argc, const char* const* argv);

}  // namespace ws_bench
