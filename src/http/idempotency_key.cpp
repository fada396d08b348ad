#include "http/idempotency_key.hpp"

#include "events/event_key.hpp"

#include <string_view>

namespace ws_demo {

std::optional<std::string> idempotency_key(const request_head& request) {
  constexpr const char* field = "Idempotency-Key";
  const auto count = request.count(field);
  if (count == 0) return std::string();
  const auto value = request[field];
  std::string_view key(value.data(), value.size());
  if (key.size() >= 2 && key.starts_with('"') && key.ends_with('"'))
    key = key.substr(1, key.size() - 2);
  if (count > 1 || !is_event_key(key)) return std::nullopt;
  return std::string(key);
}

}  // namespace ws_demo
