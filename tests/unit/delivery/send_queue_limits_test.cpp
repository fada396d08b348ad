#include "send_queue_test.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ws_demo {
namespace {

using testing::any_time;
using ::testing::ElementsAre;

class SendQueueLimitsTest : public testing::send_queue_test {
 protected:
  static constexpr std::size_t two_events = 2 * (4 + send_queue::overhead_bytes);
};

TEST_F(SendQueueLimitsTest, WhatIsLostIsToldOnceHoweverManyPongsComeBetween) {
  limits.max_queue_bytes = two_events;
  limits.slow_peers = slow_policy::drop_oldest;
  for (const char* event : {"1111", "2222", "3333", "4444", "5555", "6666"}) {
    queue.push_event(event, any_time);
    queue.push_pong("pong");
  }
  EXPECT_THAT(take_all(), ElementsAre("1111", R"({"topic":"$lost","payload":{"count":3}})", "pong",
                                      "5555", "6666"));
}

TEST_F(SendQueueLimitsTest, TooSlowIsClosedWithoutWhatWaited) {
  limits.max_queue_bytes = two_events;
  for (const char* event : {"1111", "2222", "3333"}) queue.push_event(event, any_time);
  EXPECT_FALSE(queue.closed()) << "the first is being sent, and two may wait";
  queue.push_event("4", any_time);
  EXPECT_EQ(queue.closed().value_or(close_reason{}).code, 1008);
  EXPECT_THAT(take_all(), ElementsAre("1111", "(close 1008)"));
  EXPECT_EQ(counts.events_lost.at("close"), 3U);
}

TEST_F(SendQueueLimitsTest, WhoPushesQuietlyClosesQuietly) {
  limits.max_queue_bytes = two_events;
  const auto shared = make_event("1234");
  for (int i = 0; i < 4; ++i) queue.enqueue(shared, any_time);
  EXPECT_TRUE(queue.closed());
  EXPECT_EQ(told, 0);
}

TEST_F(SendQueueLimitsTest, TheOldestAreDroppedAndThePeerIsTold) {
  limits.max_queue_bytes = two_events;
  limits.slow_peers = slow_policy::drop_oldest;
  for (const char* event : {"1111", "2222", "3333", "4444", "55555"})
    queue.push_event(event, any_time);
  EXPECT_EQ(counts.events_lost.at("drop-oldest"), 3U);
  EXPECT_THAT(take_all(),
              ElementsAre("1111", R"({"topic":"$lost","payload":{"count":3}})", "55555"));
}

TEST_F(SendQueueLimitsTest, OnceItIsToldTheCountBeginsAnew) {
  limits.max_queue_bytes = two_events;
  limits.slow_peers = slow_policy::drop_oldest;
  for (const char* event : {"1111", "2222", "3333", "4444"}) queue.push_event(event, any_time);
  queue.pop();
  for (const char* event : {"5555", "6666"}) queue.push_event(event, any_time);
  EXPECT_THAT(take_all(),
              ElementsAre(R"({"topic":"$lost","payload":{"count":1}})",
                          R"({"topic":"$lost","payload":{"count":2}})", "5555", "6666"));
}

TEST_F(SendQueueLimitsTest, WhatIsBeingSentIsNotDropped) {
  limits.max_queue_bytes = two_events;
  limits.slow_peers = slow_policy::drop_oldest;
  for (const char* event : {"1111", "2222", "3333", "4444"}) queue.push_event(event, any_time);
  EXPECT_THAT(take_all(),
              ElementsAre("1111", R"({"topic":"$lost","payload":{"count":1}})", "3333", "4444"));
}

TEST_F(SendQueueLimitsTest, EchoesAreNeitherCountedNorDropped) {
  limits.max_queue_bytes = two_events;
  limits.slow_peers = slow_policy::drop_oldest;
  queue.push_event("1111", any_time);
  queue.push_echo("a long echo", true);
  for (const char* event : {"2222", "3333", "4444"}) queue.push_event(event, any_time);
  EXPECT_THAT(take_all(), ElementsAre("1111", R"({"topic":"$lost","payload":{"count":1}})",
                                      "a long echo", "3333", "4444"));
}

TEST_F(SendQueueLimitsTest, AnEventOverTheLimitIsTakenAlone) {
  limits.max_queue_bytes = 2;
  limits.slow_peers = slow_policy::drop_oldest;
  for (const char* event : {"1111", "2222", "3333"}) queue.push_event(event, any_time);
  EXPECT_THAT(take_all(),
              ElementsAre("1111", R"({"topic":"$lost","payload":{"count":1}})", "3333"));
}

TEST_F(SendQueueLimitsTest, ManyThatAreDroppedTogetherAreFreedInSlices) {
  limits.max_queue_bytes = std::size_t{1} << 20;
  const auto shared = make_event("1234");
  while (!queue.closed()) queue.enqueue(shared, any_time);
  EXPECT_GT(shared.use_count(), 1000) << "not in this turn";
  asio::co_spawn(io, turns.run(), asio::detached);
  io.poll_one();
  EXPECT_GT(shared.use_count(), 1000) << "and not all in one";
  io.poll();
  EXPECT_EQ(shared.use_count(), 2) << "the first may have been sent in part";
}

TEST_F(SendQueueLimitsTest, LargeOnesAreFreedInSlicesToo) {
  constexpr std::size_t size = std::size_t{1} << 20;
  std::vector<std::weak_ptr<const event>> all;
  {
    send_queue other(*this, limits, counts, pool);
    limits.max_queue_bytes = 100 * size;
    for (int i = 0; i < 10; ++i) {
      auto e = make_event(std::string(size, 'x'));
      all.emplace_back(e);
      other.enqueue(std::move(e), any_time);
    }
  }
  const auto left = [&] {
    return std::ranges::count_if(all, [](const auto& e) { return !e.expired(); });
  };
  asio::co_spawn(io, turns.run(), asio::detached);
  int most_in_a_turn = 0;
  for (auto before = left(); before > 0; before = left()) {
    ASSERT_EQ(io.poll_one(), 1U);
    most_in_a_turn = std::max(most_in_a_turn, static_cast<int>(before - left()));
  }
  EXPECT_EQ(most_in_a_turn, 1);
}

}  // namespace
}  // namespace ws_demo
