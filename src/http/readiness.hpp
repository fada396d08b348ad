#pragma once

// Whether a load balancer should send new peers here: the answer of /readyz.

#include "http/server_context.hpp"

#include <string_view>

namespace ws_demo {

/// Why it should not, in a word; empty if it should. While the event log has failed for less than
/// options::log_failure_patience, it should: other servers have the same log.
std::string_view not_ready(const server_context& server);

}  // namespace ws_demo
