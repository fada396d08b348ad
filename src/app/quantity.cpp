#include "app/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

/// A whole number with one of the units behind it, at most `largest` once multiplied.
std::optional<std::uint64_t> parse_quantity(std::string_view text, std::span<const unit> units,
                                            std::uint64_t largest) {
  std::uint64_t number = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [rest, error] = std::from_chars(begin, end, number);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view name(rest, static_cast<std::size_t>(end - rest));
  const auto found = std::ranges::find(units, name, &unit::name);
  if (found == units.end() || number > largest / found->factor) return std::nullopt;
  return number * found->factor;
}

std::string format_quantity(std::uint64_t number, std::span<const unit> units) {
  const unit* best = nullptr;
  for (const unit& u : units)
    if (number % u.factor == 0 && (best == nullptr || u.factor > best->factor)) best = &u;
  return fmt::format("{}{}", number / best->factor, best->name);
}

constexpr std::array count_units{unit{"", 1}};
constexpr std::array duration_units{unit{"ms", 1}, unit{"s", 1'000}, unit{"m", 60'000},
                                    unit{"h", 3'600'000}};
constexpr std::array size_units{unit{"", 1}, unit{"KiB", std::uint64_t{1} << 10},
                                unit{"MiB", std::uint64_t{1} << 20},
                                unit{"GiB", std::uint64_t{1} << 30}};

}  // namespace

std::optional<std::uint64_t> parse_count(std::string_view text, std::uint64_t largest) {
  return parse_quantity(text, count_units, largest);
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  constexpr std::uint64_t max_milliseconds = 86'400'000;
  if (text == "0") return 0ms;
  const auto count = parse_quantity(text, duration_units, max_milliseconds);
  if (!count) return std::nullopt;
  return std::chrono::milliseconds(*count);
}

std::optional<std::size_t> parse_size(std::string_view text) {
  return parse_quantity(text, size_units, std::uint64_t{1} << 40);
}

std::string format_duration(std::chrono::milliseconds time) {
  if (time == 0ms) return "0";
  return format_quantity(static_cast<std::uint64_t>(time.count()), duration_units);
}

std::string format_size(std::size_t bytes) {
  return bytes == 0 ? "0" : format_quantity(bytes, size_units);
}

}  // namespace ws_demo
