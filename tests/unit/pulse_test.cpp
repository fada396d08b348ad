#include "ws_demo/pulse.hpp"

#include "ws_demo/event.hpp"

#include "deadline.hpp"

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

class PulseTest : public ::testing::Test {
 protected:
  /// A peer that takes all it is sent at once.
  class peer final : private outbox::reader {
   public:
    explicit peer(PulseTest& test)
        : box(*this, test.io.get_executor(), test.limits, test.counts), beat(test.of, box) {}

    int events = 0;
    outbox box;
    pulse::beat beat;

   private:
    void filled() override {
      for (; !box.messages().empty(); box.pop()) ++events;
    }
  };

  PulseTest() {
    limits.interval = 20ms;
    asio::co_spawn(io, of.run(), [this](const std::exception_ptr&) { ended = true; });
  }

  asio::io_context io{1};
  options limits;
  metrics counts;
  pulse of{io.get_executor(), limits, counts};
  bool ended = false;
};

TEST_F(PulseTest, TheFirstComesAtOnceAndThenOneEachInterval) {
  const auto begin = steady_clock::now();
  peer p(*this);
  EXPECT_EQ(p.events, 1);
  EXPECT_TRUE(run_until(io, [&] { return p.events == 4; }));
  EXPECT_GE(steady_clock::now() - begin, 60ms);
}

TEST_F(PulseTest, MoreThanOneTurnIsEnoughForAreAllServed) {
  std::list<peer> peers;
  for (int i = 0; i < 1000; ++i) peers.emplace_back(*this);
  EXPECT_TRUE(run_until(
      io, [&] { return std::ranges::all_of(peers, [](const peer& p) { return p.events >= 3; }); }));
}

TEST_F(PulseTest, WhateverElseIsDueGoesInBetween) {
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

TEST_F(PulseTest, WhoHasGoneGetsNoMore) {
  std::optional<peer> gone(std::in_place, *this);
  peer stays(*this);
  gone.reset();
  EXPECT_TRUE(run_until(io, [&] { return stays.events == 3; }));
}

TEST_F(PulseTest, NobodyKeepsItFromServingThoseWhoComeLater) {
  std::optional<peer> first(std::in_place, *this);
  EXPECT_TRUE(run_until(io, [&] { return first->events == 2; }));
  first.reset();
  io.run_for(50ms);
  peer second(*this);
  EXPECT_TRUE(run_until(io, [&] { return second.events == 3; }));
}

TEST_F(PulseTest, AnIntervalOfZeroIsNone) {
  limits.interval = 0ms;
  const peer p(*this);
  io.poll();
  EXPECT_EQ(p.events, 0);
}

TEST_F(PulseTest, EndsWhenItIsStopped) {
  const peer p(*this);
  io.poll();
  EXPECT_FALSE(ended);
  of.stop();
  EXPECT_TRUE(run_until(io, [&] { return ended; }));
}

}  // namespace
}  // namespace ws_demo
