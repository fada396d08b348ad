#include "app/stop_signals.hpp"

#include "deadline.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <optional>

namespace ws_demo {
namespace {

// In processes of their own, because signals belong to the whole process.

void wait_for_first() {
  asio::io_context io(1);
  stop_signals signals(io);
  int came = 0;
  signals.async_wait([&](int number) { came = number; });
  std::raise(SIGINT);
  std::exit(testing::run_until(io, [&] { return came == SIGINT; }) ? 0 : 1);
}

void raise_two_while_the_loop_is_busy() {
  asio::io_context io(1);
  const stop_signals signals(io);
  std::raise(SIGTERM);
  std::raise(SIGINT);
}

void raise_one_when_nobody_will_look() {
  asio::io_context io(1);
  {
    const stop_signals signals(io);
  }
  std::raise(SIGTERM);
}

void cancel_the_wait() {
  asio::io_context io(1);
  stop_signals signals(io);
  signals.async_wait([](int) { std::exit(1); });
  signals.cancel();
  io.run();
  std::exit(0);
}

TEST(StopSignals, TheFirstIsWaitedFor) {
  EXPECT_EXIT(wait_for_first(), ::testing::ExitedWithCode(0), "");
}

TEST(StopSignals, TheSecondEndsTheProcessAlsoWhileTheLoopIsBusy) {
  EXPECT_EXIT(raise_two_while_the_loop_is_busy(), ::testing::KilledBySignal(SIGINT), "");
}

TEST(StopSignals, OneThatNobodyWouldLookAtEndsTheProcess) {
  EXPECT_EXIT(raise_one_when_nobody_will_look(), ::testing::KilledBySignal(SIGTERM), "");
}

TEST(StopSignals, ACancelledWaitEnds) {
  EXPECT_EXIT(cancel_the_wait(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace ws_demo
