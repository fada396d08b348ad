#pragma once

// The options of the program, each written once: --help, the README's table (its test compares
// them) and the checks of values come from here, and the defaults from ws_demo::options.

#include "ws_demo/options.hpp"

#include <functional>
#include <string>
#include <vector>

namespace ws_demo {

struct option_entry {
  /// Without the dashes.
  std::string name;
  /// The placeholder of the value, such as DURATION; empty for a flag, whose value is "true" or
  /// "false".
  std::string type;
  /// The default as a user would write it, or a word that describes it.
  std::string initial;
  /// The range of values, such as "0 to 65535"; empty where `takes` says it all.
  std::string range;
  /// For error messages: "--port takes a whole number from 0 to 65535".
  std::string takes;
  /// What it is for.
  std::string help;
  /// The heading that it stands under.
  std::string group;
  /// Sets the option; called once for each value. False if the value is invalid.
  std::function<bool(options&, const std::string&)> set;
  /// May be given several times, and in a list.
  bool repeatable = false;
  /// What to write instead of an invalid value; empty if that is not known.
  std::function<std::string(const std::string&)> advice = [](const std::string& /*value*/) {
    return std::string();
  };
};

/// All options but --config, --version and --help, in the order of --help.
std::vector<option_entry> option_table();

}  // namespace ws_demo
