#pragma once

// Events, and their JSON text (doc/protocol.md). No I/O.

#include "common/memory_budget.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace ws_demo {

/// An event as subscribers get it.
struct event {
  /// What somebody else keeps with it.
  class attachment {
   public:
    attachment() = default;
    virtual ~attachment() = default;
    attachment(const attachment&) = delete;
    attachment& operator=(const attachment&) = delete;
  };

  event(std::string with_text, std::string with_id, memory_budget* charged_to);

  const std::string text;
  /// Of a published event (`<epoch>:<number>`), or the position that the server tells with it;
  /// may be empty.
  const std::string id;
  /// Its encodings (delivery/encoding_cache.hpp), or null.
  mutable std::unique_ptr<attachment> kept;
  /// What the event itself takes.
  const memory_charge memory;
};

/// One event for all who get it.
using shared_event = std::shared_ptr<const event>;

/// @param id as event::id
/// @param charged_to outlives the event; null for nobody
shared_event make_event(std::string text, std::string id = {}, memory_budget* charged_to = nullptr);

/// `{"topic":…,"payload":…}` without spaces, the payload's keys in the order they were inserted.
/// @throws nlohmann::json::type_error where a string is not UTF-8.
std::string event_text(std::string_view topic, const nlohmann::ordered_json& payload);

/// The event that is pushed each interval on the topic "random".
/// @param num exact in a JavaScript number, as every 32-bit integer is.
std::string random_event_text(std::uint32_t num);

/// `{"topic":…,"payload":…,"id":…}`, with a payload that is JSON text already, and an id that needs
/// no escapes.
std::string published_event_text(std::string_view topic, std::string_view payload,
                                 std::string_view id);

/// `$closed`: why nothing more comes, where there is no close frame to say it.
std::string closed_event_text(std::uint16_t code, std::string_view reason);

/// `$lost`: how many events were dropped because the subscriber was too slow.
std::string lost_event_text(std::uint64_t count);

/// `$position`: the id after which the subscriber gets whatever is published on its topics.
std::string position_event_text(std::string_view id);

/// `$recovered`: the replay is complete, with so many events.
/// @param id from which it goes on
std::string recovered_event_text(std::uint64_t count, std::string_view id);

/// `$gap`: some events that the subscriber has missed are gone, and why.
/// @param id from which it goes on
std::string gap_event_text(std::string_view reason, std::string_view id);

}  // namespace ws_demo
