#pragma once

// What a subscriber is sent. No I/O.

#include "events/event.hpp"
#include "net/asio.hpp"

#include <cstdint>
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

/// Bytes that several subscribers share.
using shared_text = std::shared_ptr<const std::string>;

/// An entry of the send queue. Each goes out as one frame.
struct message {
  enum class kind : std::uint8_t { handshake, text, binary, event, lost, ping, pong, close };

  kind is = kind::text;
  /// Of a close.
  std::uint16_t close_code = 0;
  /// The payload; of a close, its reason.
  std::string own;
  /// The payload of an event that many subscribers get, or null.
  shared_event shared;
  /// When an event should leave.
  steady_clock::time_point due;
  /// What goes out instead of the payload, once it has been made: compressed, or in the form of
  /// another protocol.
  shared_text encoded;

  std::string_view payload() const { return shared ? shared->text : own; }
};

}  // namespace ws_demo
