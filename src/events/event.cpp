#include "events/event.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <utility>

namespace ws_demo {

namespace {

/// What std::make_shared puts before the object.
constexpr std::size_t shared_head_bytes = 16;

}  // namespace

event::event(std::string with_text, std::string with_id, memory_budget* charged_to)
    : text(std::move(with_text)),
      id(std::move(with_id)),
      memory(charged_to, heap_bytes(shared_head_bytes + sizeof(event)) + heap_bytes_of(text) +
                             heap_bytes_of(id)) {}

shared_event make_event(std::string text, std::string id, memory_budget* charged_to) {
  return std::make_shared<const event>(std::move(text), std::move(id), charged_to);
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

std::string position_event_text(std::string_view id) {
  return published_event_text("$position", "{}", id);
}

std::string recovered_event_text(std::uint64_t count, std::string_view id) {
  return published_event_text("$recovered", fmt::format(R"({{"count":{}}})", count), id);
}

std::string gap_event_text(std::string_view reason, std::string_view id) {
  return published_event_text("$gap", nlohmann::json{{"reason", reason}}.dump(), id);
}

std::string lost_event_text(std::uint64_t count) {
  return event_text("$lost", {{"count", count}});
}

}  // namespace ws_demo
