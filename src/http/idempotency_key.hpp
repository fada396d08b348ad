#pragma once

// The field Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07): a publisher names an
// event, and can send it again without publishing it twice. No I/O, no state.

#include "http/message.hpp"

#include <optional>
#include <string>

namespace ws_demo {

/// The key, without the quotes that the draft puts around it; empty if there is none. Nothing if it
/// is not what it may be (events/event_key.hpp), or is given twice.
std::optional<std::string> idempotency_key(const request_head& request);

}  // namespace ws_demo
