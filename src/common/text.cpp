#include "common/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <iterator>

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

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view take_item(std::string_view& list, char separator) {
  constexpr std::string_view white_space = " \t";
  auto item = list.substr(0, list.find(separator));
  list.remove_prefix(std::min(item.size() + 1, list.size()));
  item.remove_prefix(std::min(item.find_first_not_of(white_space), item.size()));
  return item.substr(0, item.find_last_not_of(white_space) + 1);
}

bool ends_within_character(std::string_view text) {
  const int last = static_cast<int>(std::min<std::size_t>(3, text.size()));
  for (int length = 1; length <= last; ++length) {
    const auto byte =
        static_cast<unsigned char>(text[text.size() - static_cast<std::size_t>(length)]);
    const int leading_ones = std::countl_one(byte);
    if (leading_ones == 1) continue;  // within a character; its first byte says how long that is
    return leading_ones > length;
  }
  return false;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    const auto digits = text.substr(i + 1, 2);
    const char* const begin = digits.data();
    const char* const end = begin + digits.size();
    unsigned char byte = 0;
    const auto [rest, error] = std::from_chars(begin, end, byte, 16);
    if (digits.size() < 2 || error != std::errc{} || rest != end) return std::nullopt;
    result += static_cast<char>(byte);
    i += 2;
  }
  return result;
}

}  // namespace ws_demo
