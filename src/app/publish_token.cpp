#include "app/publish_token.hpp"

#include "http/bearer_token.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <fstream>

namespace ws_demo {

std::string describe_token() {
  return fmt::format("a token of 1 to {} printable ASCII characters, on one line",
                     max_bearer_token_bytes);
}

std::optional<std::string> parse_token(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  constexpr std::string_view whitespace = " \t\r\n\v\f";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  text.remove_prefix(std::min(text.find_first_not_of(whitespace), text.size()));
  text = text.substr(0, text.find_last_not_of(whitespace) + 1);
  if (!is_bearer_token(text)) return std::nullopt;
  return std::string(text);
}

std::optional<std::string> read_token_file(const std::string& path) {
  constexpr std::size_t most = 2 * max_bearer_token_bytes;  // with what is around it
  std::string text(most + 1, '\0');                         // a device may have no end
  std::ifstream file(path, std::ios::binary);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.eof()) return std::nullopt;  // it is longer, or cannot be read
  return parse_token(std::string_view(text).substr(0, static_cast<std::size_t>(file.gcount())));
}

}  // namespace ws_demo
