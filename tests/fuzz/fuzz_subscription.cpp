// What a client asks for in its query.

#include "events/subscription.hpp"
#include "events/topic.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <variant>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ws_demo;
  constexpr std::size_t most = 4;
  const std::string_view target(reinterpret_cast<const char*>(data), size);
  const auto result = parse_subscription(target, most);
  const auto* wanted = std::get_if<subscription>(&result);
  if (!wanted) return 0;
  const bool sound = !wanted->patterns.empty() && wanted->patterns.size() <= most &&
                     std::ranges::all_of(wanted->patterns, is_pattern);
  if (!sound) std::abort();
  return 0;
}
