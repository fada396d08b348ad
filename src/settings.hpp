#pragma once

// The table of options: part of the room `options`, and included by nobody else.

#include "ws_demo/options.hpp"

#include <functional>
#include <string>
#include <vector>

namespace ws_demo {

/// One option as the user sees it. Without a type it is a flag, whose text is "true" or "false".
/// `set` says whether it takes the text; it is called once for each value.
struct setting {
  std::string name;
  std::string type;
  std::string initial;
  std::string takes;
  std::string about;
  std::string group;
  std::function<bool(options&, const std::string&)> set;
  bool repeatable = false;
};

/// Every option but --config, --version and --help, in the order of --help.
std::vector<setting> settings();

}  // namespace ws_demo
