#pragma once

// The body of a request to publish, and the answer to it. No I/O.

#include "ws_demo/http.hpp"
#include "ws_demo/publisher.hpp"
#include "ws_demo/routing.hpp"

#include <cstddef>
#include <string_view>

namespace ws_demo {

/// Largest body it can have, in bytes: an event, or as many lines as a request may hold.
std::size_t max_publication_bytes(const publication& asked, const options& limits);

/// Publishes what the body holds, or nothing of it where any of it is wrong. The answer is complete
/// but for `Connection`. All that is given outlives the coroutine.
/// @param from who asks, for the log
task<response> publish(const publication& asked, std::string_view body, publisher& to,
                       std::string_view from);

}  // namespace ws_demo
