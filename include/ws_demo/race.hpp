#pragma once

// What `||` between awaitables does (asio::experimental::awaitable_operators), for several at once:
// with three, a second `||` would cost each peer 900 bytes for as long as it lives.

#include "ws_demo/net.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>

#include <array>
#include <exception>
#include <tuple>
#include <utility>

namespace ws_demo {

/// Runs the loops until one of them ends, cancels the others, and returns when all have ended.
/// @throws what the first to end throws. That others throw is a consequence: one that is cancelled
/// does at its next co_await (asio::this_coro::throw_if_cancelled).
template <class... Loop>
task<void> race(Loop... loops) {
  const auto on = co_await asio::this_coro::executor;
  auto all = asio::experimental::make_parallel_group(
      asio::co_spawn(on, std::move(loops), asio::deferred)...);
  const auto ended = co_await all.async_wait(asio::experimental::wait_for_one(),
                                             asio::use_awaitable_t<executor>{});
  const auto rethrow = [](const auto& order, const auto&... failures) {
    const std::array<std::exception_ptr, sizeof...(failures)> all_failures{failures...};
    if (const auto& failure = all_failures.at(order.front())) std::rethrow_exception(failure);
  };
  std::apply(rethrow, ended);
}

}  // namespace ws_demo
