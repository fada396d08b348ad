#pragma once

// What a subscriber is sent. No I/O.

#include "events/event.hpp"
#include "net/asio.hpp"

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>

namespace ws_demo {

/// Why a subscriber's connection ends. RFC 6455 section 7.4.1 has the codes; a reason that is sent
/// has at most 123 bytes (section 5.5).
struct close_reason {
  std::uint16_t code;
  std::string text;
};

/// An entry of the send queue. Each goes out as one frame.
struct message {
  enum class kind : std::uint8_t { handshake, text, binary, event, lost, ping, pong, close };

  kind is = kind::text;
  /// Of a close.
  std::uint16_t close_code = 0;
  /// Its text is the payload, of a close the reason. All who get an event share it. Null for no
  /// payload.
  shared_event what;
  /// When an event should leave.
  steady_clock::time_point due;
  /// Where it is among the messages of other lists, by the send queue.
  std::uint64_t place = 0;

  std::string_view payload() const { return what ? std::string_view(what->text) : ""; }
};

using message_list = std::list<message>;

}  // namespace ws_demo
