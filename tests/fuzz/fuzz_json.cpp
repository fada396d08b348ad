// JSON that is published: what is found to be right must be so, and its parts must be parts of it.

#include "events/json_text.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <variant>

namespace {

/// The library takes a NUL for the end of the text, and a byte order mark before it, and knows no
/// number that a double cannot hold; of all else it is the judge.
void require_agreement(std::string_view text, bool is_json) {
  const bool is_refused_here =
      text.find('\0') != std::string_view::npos || text.starts_with("\xef\xbb\xbf");
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
