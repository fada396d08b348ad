// JSON that is published: what is found to be right must be so, and its parts must be parts of it.

#include "events/json_text.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

namespace {

/// Each escape of a half of a surrogate pair, in or out of strings, as one of another character:
/// what is JSON stays so, and what is not.
std::string without_surrogates(std::string text) {
  for (std::size_t i = 0; i + 2 < text.size(); ++i)
    if (text[i] == '\\' && text[i + 1] == 'u' && (text[i + 2] | 0x20) == 'd') text[i + 2] = '1';
  return text;
}

/// The library takes a NUL for the end of the text, and a byte order mark before it, and knows no
/// number that a double cannot hold, and no half of a surrogate pair; of all else it is the judge.
void require_agreement(std::string_view original, bool is_json) {
  const auto text = without_surrogates(std::string(original));
  const bool is_refused_here =
      text.find('\0') != std::string::npos || text.starts_with("\xef\xbb\xbf");
  const bool accepted = !is_refused_here && nlohmann::json::accept(text);
  if (accepted == is_json) return;
  if (accepted || is_refused_here) std::abort();
  try {
    const auto none = nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error&) {
    std::abort();
  } catch (const nlohmann::json::out_of_range&) {
    return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ws_demo;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bool is_json = !json_error(text);
  require_agreement(text, is_json);
  const auto parsed = parse_published_line(text);
  if (const auto* line = std::get_if<published_line>(&parsed))
    if (!is_json || json_error(line->payload)) std::abort();
  return 0;
}
