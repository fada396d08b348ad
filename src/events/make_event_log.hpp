#pragma once

// Which log a server has: where its options are read.

#include "common/limited_log.hpp"
#include "net/asio.hpp"
#include "ws_demo/event_log.hpp"
#include "ws_demo/options.hpp"

#include <memory>

namespace ws_demo {

/// @param o and lines outlive the log
/// @throws std::runtime_error, one line that says what failed and why
std::shared_ptr<event_log> make_event_log(const executor& on, const options& o, limited_log& lines);

}  // namespace ws_demo
