#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ws_bench {

/// What was measured, in the order in which it is told: as a table for people, or as one flat JSON
/// object for programs. A number that is not one (nothing was measured) is `-`, and in JSON null.
class report {
 public:
  explicit report(std::string_view mode) : mode_(mode) {}

  void count(std::string_view key, std::string_view label, std::uint64_t value);
  void number(std::string_view key, std::string_view label, double value, std::string_view unit,
              int decimals);

  std::string table() const;
  std::string json() const;

 private:
  struct row {
    std::string key;
    std::string label;
    std::string value;  // empty where there is none
    std::string unit;
  };

  std::string mode_;
  std::vector<row> rows_;
};

}  // namespace ws_bench
