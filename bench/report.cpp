#include "report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace ws_bench {

void report::count(std::string_view key, std::string_view label, std::uint64_t value) {
  rows_.push_back({std::string(key), std::string(label), std::to_string(value), {}});
}

void report::number(std::string_view key, std::string_view label, double value,
                    std::string_view unit, int decimals) {
  rows_.push_back({std::string(key), std::string(label),
                   std::isfinite(value) ? fmt::format("{:.{}f}", value, decimals) : std::string(),
                   std::string(unit)});
}

std::string report::table() const {
  std::size_t label = 0;
  std::size_t value = 1;
  for (const row& r : rows_) {
    label = std::max(label, r.label.size());
    value = std::max(value, r.value.size());
  }
  std::string text = mode_ + '\n';
  for (const row& r : rows_) {
    text += fmt::format("  {:<{}}  {:>{}}", r.label, label, r.value.empty() ? "-" : r.value, value);
    text += r.unit.empty() ? "\n" : ' ' + r.unit + '\n';
  }
  return text;
}

std::string report::json() const {
  std::string text = fmt::format(R"({{"mode":"{}")", mode_);
  for (const row& r : rows_)
    text += fmt::format(R"(,"{}":{})", r.key, r.value.empty() ? "null" : r.value);
  return text + "}\n";
}

}  // namespace ws_bench
