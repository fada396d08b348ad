#pragma once

// Events and their JSON text (doc/protocol.md). No I/O.

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace ws_demo {

/// `{"topic":…,"payload":…}` without spaces, the payload's keys in the order they were inserted.
/// @throws nlohmann::json::type_error where a string is not UTF-8.
std::string event_text(std::string_view topic, const nlohmann::ordered_json& payload);

/// The event every peer gets each interval, on the topic "random".
/// @param num exact in a JavaScript number, as every 32-bit integer is.
std::string random_event_text(std::uint32_t num);

/// `{"topic":…,"payload":…,"id":…}`, with a payload that is JSON text already, and an id that needs
/// no escapes.
std::string published_event_text(std::string_view topic, std::string_view payload,
                                 std::string_view id);

/// The id at the end of a published event's text; empty where it has none.
std::string_view id_of(std::string_view event_text);

/// Tells a peer why nothing more comes, where there is no close frame for that.
std::string closed_event_text(std::uint16_t code, std::string_view reason);

/// Tells a peer how many events it was too slow for.
std::string lost_event_text(std::uint64_t count);

/// Tells a peer that it has been sent all it had missed: so many events.
std::string recovered_event_text(std::uint64_t count);

/// Tells a peer that of what it had missed some is gone, and why.
std::string gap_event_text(std::string_view reason);

}  // namespace ws_demo
