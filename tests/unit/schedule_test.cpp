#include "ws_demo/schedule.hpp"

#include <gtest/gtest.h>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;
using time_point = std::chrono::steady_clock::time_point;

constexpr time_point start{1234567ms};

TEST(Schedule, TheFirstTickIsOneIntervalAfterTheStart) {
  EXPECT_EQ(next_tick(start, 1s, start), start + 1s);
  EXPECT_EQ(next_tick(start, 1s, start + 999ms), start + 1s);
}

TEST(Schedule, TicksAreCountedFromTheStartHoweverLateEachIs) {
  auto now = start;
  for (int i = 1; i <= 1000; ++i) {
    const auto due = next_tick(start, 1s, now);
    EXPECT_EQ(due, start + i * 1s);
    now = due + 7ms;
  }
}

TEST(Schedule, MissedTicksAreNotMadeUpFor) {
  EXPECT_EQ(next_tick(start, 1s, start + 3500ms), start + 4s);
  EXPECT_EQ(next_tick(start, 1s, start + 4s), start + 5s);
}

TEST(Schedule, ATickIsTooLateAfterHalfAnInterval) {
  EXPECT_FALSE(too_late(500ms, 1s));
  EXPECT_TRUE(too_late(501ms, 1s));
}

TEST(Schedule, TenMillisecondsAreForgiven) {
  EXPECT_FALSE(too_late(10ms, 1ms));
  EXPECT_TRUE(too_late(11ms, 1ms));
}

TEST(Schedule, TheGridIsTenMillisecondsAtMost) {
  EXPECT_EQ(on_grid(time_point{1001ms}, 1s), time_point{1010ms});
  EXPECT_EQ(on_grid(time_point{1010ms}, 1s), time_point{1010ms});
  EXPECT_EQ(on_grid(time_point{1011ms}, 1h), time_point{1020ms});
}

TEST(Schedule, TheGridIsAHundredthOfAShortInterval) {
  EXPECT_EQ(on_grid(time_point{1001ms + 1us}, 100ms), time_point{1002ms});
  EXPECT_EQ(on_grid(time_point{1001us}, 1ms), time_point{1010us});
}

}  // namespace
}  // namespace ws_demo
