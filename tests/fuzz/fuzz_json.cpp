// JSON that is published: what is found to be right must be so, and its parts must be parts of it.

#include "ws_demo/json_text.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <variant>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ws_demo;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bool is_json = !json_error(text);
  // The library knows no number that a double cannot hold, and takes a NUL for the end of the text.
  const bool has_nul = text.find('\0') != std::string_view::npos;
  if (has_nul ? is_json : nlohmann::json::accept(text) && !is_json) std::abort();
  const auto parsed = parse_published_line(text);
  if (const auto* line = std::get_if<published_line>(&parsed))
    if (!is_json || json_error(line->payload)) std::abort();
  return 0;
}
