#include "http/token/json_object.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace ws_demo {
namespace {

constexpr std::size_t max_depth = 8;

}  // namespace

std::optional<nlohmann::json> parse_json_object(std::string_view text, std::size_t max_objects) {
  using parse_event = nlohmann::json::parse_event_t;
  // The parser takes both for something else than what they are: the end, and nothing.
  if (text.find('\0') != std::string_view::npos || text.starts_with('\xef')) return std::nullopt;
  if (std::ranges::count(text, '{') > static_cast<std::ptrdiff_t>(max_objects)) return std::nullopt;
  std::vector<std::set<std::string>> names;  // of the members of each object that is open
  std::size_t depth = 0;
  bool is_strict = true;
  const auto look = [&](int /*depth*/, parse_event at, nlohmann::json& parsed) {
    if (at == parse_event::object_start) names.emplace_back();
    if (at == parse_event::object_start || at == parse_event::array_start)
      is_strict &= ++depth <= max_depth;
    else if (at == parse_event::object_end || at == parse_event::array_end)
      --depth;
    if (at == parse_event::object_end) names.pop_back();
    if (at == parse_event::key)
      is_strict &= names.back().insert(parsed.get_ref<const std::string&>()).second;
    return true;
  };
  auto parsed = nlohmann::json::parse(text, look, /*allow_exceptions=*/false);
  if (!is_strict || !parsed.is_object()) return std::nullopt;
  return parsed;
}

const std::string* string_member(const nlohmann::json& object, std::string_view name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : found->get_ptr<const std::string*>();
}

std::optional<std::vector<std::string>> strings_member(const nlohmann::json& object,
                                                       std::string_view name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_array()) return std::nullopt;
  std::vector<std::string> strings;
  strings.reserve(found->size());
  for (const auto& element : *found) {
    const auto* const text = element.get_ptr<const std::string*>();
    if (!text) return std::nullopt;
    strings.push_back(*text);
  }
  return strings;
}

}  // namespace ws_demo
