#pragma once

// Gives memory back when the budget is exceeded. Threads: the io_context's only.

#include "http/server_context.hpp"
#include "net/asio.hpp"

namespace ws_demo {

/// Gives up, while the budget is exceeded and in this order: what can be made again (encodings),
/// what few hold most of (connections), and what nobody may ever ask for (the history).
/// To be called again and again: it goes on later where freeing takes long.
/// @param server outlives the coroutine.
task<void> relieve_memory(server_context& server);

}  // namespace ws_demo
