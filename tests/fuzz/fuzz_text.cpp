// What becomes of a peer's text in the log, decoded, and where it ends within a character.

#include "common/text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ws_demo;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line = printable(text);
  const bool safe =
      std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~' && c != '"'; });
  if (!safe) std::abort();
  ends_within_character(text);
  if (const auto decoded = percent_decoded(text); decoded && decoded->size() > size) std::abort();
  return 0;
}
