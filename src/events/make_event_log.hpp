#pragma once

// Which log a server has: where its options are read.

#include "net/asio.hpp"
#include "ws_demo/event_log.hpp"
#include "ws_demo/options.hpp"

#include <memory>

namespace ws_demo {

/// @param o outlives the log
/// @throws std::runtime_error, one line that says what failed and why
std::shared_ptr<event_log> make_event_log(const executor& on, const options& o);

}  // namespace ws_demo
