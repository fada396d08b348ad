#include "events/event.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <utility>

namespace ws_demo {

shared_event make_event(std::string text, std::string id) {
  auto made = std::make_shared<event>();
  made->text = std::move(text);
  made->id = std::move(id);
  return made;
}

std::string event_text(std::string_view topic, const nlohmann::ordered_json& payload) {
  return nlohmann::ordered_json{{"topic", topic}, {"payload", payload}}.dump();
}

std::string random_event_text(std::uint32_t num) {
  // Made for every peer each interval: its shape is fixed, and building a JSON tree would cost more
  // than sending it.
  return fmt::format(R"({{"topic":"random","payload":{{"num":{},"message":"Hello, world!"}}}})",
                     num);
}

std::string published_event_text(std::string_view topic, std::string_view payload,
                                 std::string_view id) {
  return fmt::format(R"({{"topic":"{}","payload":{},"id":"{}"}})", topic, payload, id);
}

std::string closed_event_text(std::uint16_t code, std::string_view reason) {
  return event_text("$closed", {{"code", code}, {"reason", reason}});
}

std::string recovered_event_text(std::uint64_t count) {
  return event_text("$recovered", {{"count", count}});
}

std::string gap_event_text(std::string_view reason) {
  return event_text("$gap", {{"reason", reason}});
}

std::string lost_event_text(std::uint64_t count) {
  return event_text("$lost", {{"count", count}});
}

}  // namespace ws_demo
