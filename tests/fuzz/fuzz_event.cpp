// Events and their JSON: what is read from an event is what was written into it.

#include "events/event.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using nlohmann::ordered_json;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto payload = ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (payload.is_discarded()) return 0;
  const auto event = ordered_json::parse(ws_demo::event_text("fuzz", payload));
  if (event.size() != 2 || event["topic"] != "fuzz" || event["payload"] != payload) std::abort();
  return 0;
}
