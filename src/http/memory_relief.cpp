#include "http/memory_relief.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>

namespace ws_demo {
namespace {

/// How long it gives up encodings, which others may make anew meanwhile.
constexpr std::chrono::milliseconds most_for_encodings{20};
/// How long it waits for what was given up, until it is called again.
constexpr std::chrono::milliseconds most_for_freeing{100};

}  // namespace

task<void> relieve_memory(server_context& server) {
  const memory_budget& memory = server.memory;
  const auto on = co_await asio::this_coro::executor;
  const auto last_encoding = steady_clock::now() + most_for_encodings;
  while (memory.is_exceeded() && server.encodings.give_up_some()) {
    co_await asio::post(on, no_throw);
    if (steady_clock::now() > last_encoding) break;
  }
  while (memory.is_exceeded()) {
    const auto too_much = memory.used() - memory.limit();
    const bool has_given_up = co_await server.connections.give_up_memory(too_much);
    if (!has_given_up) break;
    // It is free when their coroutines have ended, and their queues been freed.
    const auto latest = steady_clock::now() + most_for_freeing;
    while (memory.is_exceeded() &&
           (server.connections.has_aborted() || server.messages.has_disposed())) {
      if (steady_clock::now() > latest) co_return;  // others are to be checked, too
      co_await asio::post(on, no_throw);
    }
  }
  while (memory.is_exceeded() && server.events.past().drop_some())
    co_await asio::post(on, no_throw);
}

}  // namespace ws_demo
