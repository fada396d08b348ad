#pragma once

// Kinds of options, from which the table of options (app/option_table.hpp) is made.

#include "app/option_table.hpp"
#include "app/quantity.hpp"
#include "ws_demo/options.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>

namespace ws_demo {

inline std::string initial_count(std::uint64_t number) {
  return std::to_string(number);
}
inline std::string initial_count(const std::optional<std::uint16_t>& /*none*/) {
  return "none";
}

/// A whole number. An optional member has no default.
template <class Member>
option_entry count(const std::string& name, Member options::* member, std::uint64_t smallest,
                   std::uint64_t largest, const char* group, const std::string& help) {
  const options initial;
  const auto range = fmt::format("{} to {}", smallest, largest);
  return {.name = name,
          .type = "N",
          .initial = initial_count(initial.*member),
          .range = range,
          .takes = fmt::format("a whole number from {}", range),
          .help = help,
          .group = group,
          .set = [member, smallest, largest](options& o, const std::string& text) {
            const auto number = parse_count(text, largest);
            if (!number || *number < smallest) return false;
            if constexpr (std::is_integral_v<Member>)
              o.*member = static_cast<Member>(*number);
            else
              o.*member = static_cast<typename Member::value_type>(*number);
            return true;
          }};
}

option_entry size(std::string name, std::size_t options::* member, std::size_t smallest,
                  std::size_t largest, const char* group, std::string help);

/// Of at most a day.
option_entry duration(std::string name, std::chrono::milliseconds options::* member,
                      std::chrono::milliseconds shortest, const char* group, std::string help);

option_entry flag(std::string name, const char* group, std::string help,
                  std::function<void(options&, bool)> set);

/// The name of a file, which is not looked at.
option_entry file(std::string name, std::filesystem::path options::* member, const char* group,
                  std::string help);

/// Any text that is not empty.
option_entry text(std::string name, std::string type, std::string options::* member,
                  const char* group, std::string help);

}  // namespace ws_demo
