#include "ws_demo/text.hpp"

#include <fmt/format.h>

#include <iterator>
#include <sstream>

namespace ws_demo {

std::string printable(std::string_view text, std::size_t most) {
  std::string result;
  for (const char c : text.substr(0, most)) {
    if (c >= ' ' && c <= '~' && c != '"' && c != '\'' && c != '\\')
      result += c;
    else
      fmt::format_to(std::back_inserter(result), "\\x{:02x}", static_cast<unsigned char>(c));
  }
  if (text.size() > most) result += "...";
  return result;
}

std::string to_string(const tcp::endpoint& endpoint) {
  std::ostringstream text;
  text << endpoint;
  return text.str();
}

}  // namespace ws_demo
