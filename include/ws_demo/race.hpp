#pragma once

// What `||` between awaitables does (asio::experimental::awaitable_operators), for several at once:
// with three, a second `||` would cost each peer 900 bytes for as long as it lives.

#include "ws_demo/net.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>

#include <exception>
#include <tuple>
#include <utility>

namespace ws_demo {

/// Runs the loops until one of them returns, cancels the others, and returns when all have.
/// @throws what one of them throws, once all have ended.
template <class... Loop>
task<void> race(Loop... loops) {
  const auto on = co_await asio::this_coro::executor;
  auto all = asio::experimental::make_parallel_group(
      asio::co_spawn(on, std::move(loops), asio::deferred)...);
  const auto ended = co_await all.async_wait(asio::experimental::wait_for_one(),
                                             asio::use_awaitable_t<executor>{});
  const auto rethrow = [](const auto&, const auto&... failures) {
    for (const std::exception_ptr& failure : {failures...})
      if (failure) std::rethrow_exception(failure);
  };
  std::apply(rethrow, ended);
}

}  // namespace ws_demo
