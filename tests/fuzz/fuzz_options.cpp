// Sizes, durations and origins as a user writes them.

#include "app/quantity.hpp"
#include "http/origin.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ws_demo;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto duration = parse_duration(text);
  if (duration && (duration->count() < 0 || *duration > std::chrono::hours(24))) std::abort();
  const auto bytes = parse_size(text);
  if (bytes && *bytes > std::size_t{1} << 40) std::abort();
  is_origin_pattern(text);
  return 0;
}
