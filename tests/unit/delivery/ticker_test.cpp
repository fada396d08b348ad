#include "delivery/ticker.hpp"

#include "deadline.hpp"
#include "events/event.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <list>
#include <optional>
#include <thread>
#include <utility>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;
using testing::run_until;

class TickerTest : public ::testing::Test {
 protected:
  class peer final : private ticker::client {
   public:
    explicit peer(TickerTest& test) { test.of.add(*this); }

    int events = 0;

   private:
    void on_tick(steady_clock::time_point /*due*/) override { ++events; }
    void on_no_memory() noexcept override {}
  };

  TickerTest() {
    limits.interval = 20ms;
    asio::co_spawn(io, of.run(), [this](const std::exception_ptr&) { ended = true; });
  }

  asio::io_context io{1};
  options limits;
  metrics counts;
  ticker of{io.get_executor(), limits, counts};
  bool ended = false;
};

TEST_F(TickerTest, TheFirstComesAtOnceAndThenOneEachInterval) {
  const auto begin = steady_clock::now();
  peer p(*this);
  EXPECT_EQ(p.events, 1);
  EXPECT_TRUE(run_until(io, [&] { return p.events == 4; }));
  EXPECT_GE(steady_clock::now() - begin, 60ms);
}

TEST_F(TickerTest, MoreThanOneTurnIsEnoughForAreAllServed) {
  std::list<peer> peers;
  for (int i = 0; i < 1000; ++i) peers.emplace_back(*this);
  EXPECT_TRUE(run_until(
      io, [&] { return std::ranges::all_of(peers, [](const peer& p) { return p.events >= 3; }); }));
}

TEST_F(TickerTest, WhateverElseIsDueGoesInBetween) {
  constexpr int count = 1000;
  limits.interval = 200ms;
  std::list<peer> peers;
  for (int i = 0; i < count; ++i) peers.emplace_back(*this);
  int before = count;
  int most_in_a_turn = 0;
  const std::function<void()> look = [&] {
    int sum = 0;
    for (const peer& p : peers) sum += p.events;
    most_in_a_turn = std::max(most_in_a_turn, sum - std::exchange(before, sum));
    if (sum < 2 * count) asio::post(io, look);
  };
  std::this_thread::sleep_for(limits.interval + 10ms);  // until all are due
  asio::post(io, look);
  EXPECT_TRUE(run_until(io, [&] { return before >= 2 * count; }));
  EXPECT_LT(most_in_a_turn, count / 4);
}

TEST_F(TickerTest, WhoHasGoneGetsNoMore) {
  std::optional<peer> gone(std::in_place, *this);
  peer stays(*this);
  gone.reset();
  EXPECT_TRUE(run_until(io, [&] { return stays.events == 3; }));
}

TEST_F(TickerTest, NobodyKeepsItFromServingThoseWhoComeLater) {
  std::optional<peer> first(std::in_place, *this);
  EXPECT_TRUE(run_until(io, [&] { return first->events == 2; }));
  first.reset();
  io.run_for(50ms);
  peer second(*this);
  EXPECT_TRUE(run_until(io, [&] { return second.events == 3; }));
}

TEST_F(TickerTest, AnIntervalOfZeroIsNone) {
  limits.interval = 0ms;
  const peer p(*this);
  io.poll();
  EXPECT_EQ(p.events, 0);
}

TEST_F(TickerTest, EndsWhenItIsStopped) {
  const peer p(*this);
  io.poll();
  EXPECT_FALSE(ended);
  of.stop();
  EXPECT_TRUE(run_until(io, [&] { return ended; }));
}

constexpr steady_clock::time_point start{1234567ms};

TEST(Ticks, TheFirstTickIsOneIntervalAfterTheStart) {
  EXPECT_EQ(next_tick(start, 1s, start), start + 1s);
  EXPECT_EQ(next_tick(start, 1s, start + 999ms), start + 1s);
}

TEST(Ticks, TicksAreCountedFromTheStartHoweverLateEachIs) {
  auto now = start;
  for (int i = 1; i <= 1000; ++i) {
    const auto due = next_tick(start, 1s, now);
    EXPECT_EQ(due, start + i * 1s);
    now = due + 7ms;
  }
}

TEST(Ticks, MissedTicksAreNotMadeUpFor) {
  EXPECT_EQ(next_tick(start, 1s, start + 3500ms), start + 4s);
  EXPECT_EQ(next_tick(start, 1s, start + 4s), start + 5s);
}

TEST(Ticks, ATickIsTooLateAfterHalfAnInterval) {
  EXPECT_FALSE(too_late(500ms, 1s));
  EXPECT_TRUE(too_late(501ms, 1s));
}

TEST(Ticks, TenMillisecondsAreForgiven) {
  EXPECT_FALSE(too_late(10ms, 1ms));
  EXPECT_TRUE(too_late(11ms, 1ms));
}

TEST(Ticks, TheGridIsTenMillisecondsAtMost) {
  EXPECT_EQ(on_grid(steady_clock::time_point{1001ms}, 1s), steady_clock::time_point{1010ms});
  EXPECT_EQ(on_grid(steady_clock::time_point{1010ms}, 1s), steady_clock::time_point{1010ms});
  EXPECT_EQ(on_grid(steady_clock::time_point{1011ms}, 1h), steady_clock::time_point{1020ms});
}

TEST(Ticks, TheGridIsAHundredthOfAShortInterval) {
  EXPECT_EQ(on_grid(steady_clock::time_point{1001ms + 1us}, 100ms),
            steady_clock::time_point{1002ms});
  EXPECT_EQ(on_grid(steady_clock::time_point{1001us}, 1ms), steady_clock::time_point{1010us});
}

}  // namespace
}  // namespace ws_demo
