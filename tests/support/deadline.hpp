#pragma once

#include <boost/asio/io_context.hpp>

#include <chrono>

namespace ws_demo::testing {

/// How long a test waits for what must happen. Only a failure ever waits this long.
inline constexpr std::chrono::seconds patience{20};
inline constexpr int patience_ms = std::chrono::milliseconds(patience).count();

/// For what is told the time and does not care.
inline const auto any_time = std::chrono::steady_clock::now();

/// Lets `io` work until it has, and says whether it has.
template <class Condition>
bool run_until(boost::asio::io_context& io, const Condition& condition) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  io.restart();
  while (!condition() && std::chrono::steady_clock::now() < deadline) io.run_one_until(deadline);
  return condition();
}

}  // namespace ws_demo::testing
