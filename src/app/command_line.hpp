#pragma once

// The command line, the environment and the configuration file. The only file that uses CLI11.

#include "ws_demo/options.hpp"

#include <stdexcept>
#include <string>
#include <variant>

namespace ws_demo {

/// An invalid command line. what() is one line that names the option and what it takes.
class usage_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Text for standard output, after which the program exits with 0 (--help, --version).
struct notice {
  std::string text;
};

/// Reads the command line, then WS_DEMO_<OPTION> in the environment, then the file that --config
/// names; the first of them that sets an option wins. If none sets the web root, it is web/dist of
/// the sources that this program was built from, provided the page has been built there.
/// @throws usage_error for an unknown option or an invalid value.
std::variant<options, notice> parse_command_line(int argc, const char* const* argv);

}  // namespace ws_demo
