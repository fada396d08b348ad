#include "events/topic_set.hpp"

#include "events/topic.hpp"

namespace ws_demo {

topic_set::topic_set(const std::vector<std::string>& topics) {
  for (const std::string_view topic : topics)
    if (is_prefix_pattern(topic))
      prefixes_.insert(topic.substr(0, topic.size() - 1));
    else
      topics_.insert(topic);
}

bool topic_set::includes(std::string_view topic) const {
  if (topics_.contains(topic) || topics_.contains("*")) return true;
  if (prefixes_.empty()) return false;
  for (auto dot = topic.find('.'); dot != std::string_view::npos; dot = topic.find('.', dot + 1))
    if (dot + 1 < topic.size() && prefixes_.contains(topic.substr(0, dot + 1))) return true;
  return false;
}

}  // namespace ws_demo
