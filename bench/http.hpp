#pragma once

#include <algorithm>
#include <string_view>

namespace ws_bench {

/// The value of a field in the head of an HTTP/1.1 message; empty where it has none. `name` is in
/// lower case and ends with a colon. Folded fields and spaces behind the value are nobody's here.
inline std::string_view field(std::string_view head, std::string_view name) {
  constexpr auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  for (std::size_t line = head.find("\r\n"); line != std::string_view::npos;) {
    line += 2;
    const std::size_t end = std::min(head.find("\r\n", line), head.size());
    std::string_view text = head.substr(line, end - line);
    if (text.size() >= name.size() &&
        std::ranges::equal(text.substr(0, name.size()), name, {}, lower)) {
      text.remove_prefix(name.size());
      text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
      return text;
    }
    line = head.find("\r\n", line);
  }
  return {};
}

}  // namespace ws_bench
