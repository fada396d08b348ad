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

bool is_prefix_pattern(std::string_view text) {
  return text.ends_with(any_below);
}

std::vector<std::string> prefix_patterns_of(std::string_view topic) {
  std::vector<std::string> patterns;
  // A dot at the very beginning ends no name.
  for (auto dot = topic.find('.', 1); dot != std::string_view::npos; dot = topic.find('.', dot + 1))
    if (dot + 1 < topic.size()) patterns.push_back(std::string(topic.substr(0, dot)) += any_below);
  return patterns;
}

bool matches(std::string_view pattern, std::string_view topic) {
  if (pattern == "*") return true;
  if (!is_prefix_pattern(pattern)) return pattern == topic;
  pattern.remove_suffix(1);  // "name." is what all below it begin with
  return topic.size() > pattern.size() && topic.starts_with(pattern);
}

}  // namespace ws_demo
