#include "app/systemd.hpp"

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

class Watchdog : public ::testing::Test {
 protected:
  void SetUp() override { ::setenv("WATCHDOG_USEC", "2000", 1); }  // notified each millisecond
  void TearDown() override { ::unsetenv("WATCHDOG_USEC"); }

  /// Does nothing, so many turns of the loop one after the other.
  void idle(int turns) {
    if (turns > 0) asio::post(io, [this, turns] { idle(turns - 1); });
  }

  asio::io_context io{1};
};

TEST_F(Watchdog, NothingIsLeftAfterAStopWheneverThatComes) {
  for (int turns = 0; turns < 10; ++turns) {
    watchdog alive(io);
    idle(20);
    const auto due = steady_clock::now() + 2ms;
    while (steady_clock::now() < due) {
    }
    // In one of the rounds, its handler has been queued and not yet called.
    for (int i = 0; i < turns; ++i) io.poll_one();
    alive.stop();
    io.restart();
    io.run_for(10s);
    ASSERT_TRUE(io.stopped()) << turns;
    io.restart();
  }
}

}  // namespace
}  // namespace ws_demo
