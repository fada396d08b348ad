#pragma once

// Topics and patterns that are looked up by what they include, however many they are. Pure: no I/O.

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace ws_demo {

class topic_set {
 public:
  /// @param topics and patterns, which outlive it and stay as they are.
  explicit topic_set(const std::vector<std::string>& topics);
  explicit topic_set(std::vector<std::string>&&) = delete;

  /// Whether one of them includes the topic, or all that another pattern does.
  bool includes(std::string_view topic) const;

 private:
  std::unordered_set<std::string_view> topics_;    // and `*`
  std::unordered_set<std::string_view> prefixes_;  // "name." of `name.*`
};

}  // namespace ws_demo
