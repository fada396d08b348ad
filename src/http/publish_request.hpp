#pragma once

// Publishing over HTTP: the body of a request, and the answer to it. No I/O.

#include "events/publisher.hpp"
#include "http/message.hpp"
#include "http/routing.hpp"
#include "net/round_robin.hpp"

#include <cstddef>
#include <string_view>

namespace ws_demo {

/// Largest body in bytes: options::max_event_bytes, or max_bulk_bytes for one event a line.
std::size_t max_body_bytes(const publish_request& request, const options& limits);

/// Publishes the events of the body: all, or none if any of them is invalid. The answer is complete
/// but for `Connection`. The arguments outlive the coroutine.
/// @param from who publishes, for the log
/// @param turns in which a large body is parsed
task<response> publish(const publish_request& request, std::string_view body, publisher& to,
                       std::string_view from, round_robin& turns);

}  // namespace ws_demo
