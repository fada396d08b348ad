#include "app/option_table.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace ws_demo {
namespace {

/// The option as a row of the README's table.
std::string row(const option_entry& e) {
  return "| `--" + e.name + (e.type.empty() ? "" : " " + e.type) + "` | " + e.initial + " | " +
         (e.range.empty() ? "" : e.range) + " | " + e.help + " |\n";
}

TEST(OptionTable, IsTheOneInTheReadme) {
  std::ifstream file(WS_DEMO_README);
  const std::string readme{std::istreambuf_iterator<char>(file), {}};
  std::string table;
  for (const auto& entry : option_table()) table += row(entry);
  EXPECT_NE(readme.find(table), std::string::npos)
      << "README.md should have these rows, one after the other:\n"
      << table;
}

TEST(OptionTable, TheDefaultsAreValidValues) {
  for (const auto& entry : option_table()) {
    const auto& initial = entry.initial;
    if (entry.range.empty() || initial == "none" || initial == "by descriptors" ||
        initial == "half of the system's")
      continue;
    options o;
    EXPECT_TRUE(entry.set(o, entry.initial)) << entry.name;
  }
}

}  // namespace
}  // namespace ws_demo
