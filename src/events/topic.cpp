#include "events/topic.hpp"

#include <algorithm>

namespace ws_demo {
namespace {

constexpr std::string_view any_below = ".*";

bool is_topic_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-' || c == '/';
}

}  // namespace

bool is_topic(std::string_view text) {
  return !text.empty() && text.size() <= max_topic_bytes &&
         std::ranges::all_of(text, is_topic_character);
}

bool is_pattern(std::string_view text) {
  if (text == "*") return true;
  if (text.ends_with(any_below)) text.remove_suffix(any_below.size());
  return is_topic(text);
}

bool matches(std::string_view pattern, std::string_view topic) {
  if (pattern == "*") return true;
  if (!pattern.ends_with(any_below)) return pattern == topic;
  pattern.remove_suffix(1);  // "name." is what all below it begin with
  return topic.size() > pattern.size() && topic.starts_with(pattern);
}

}  // namespace ws_demo
