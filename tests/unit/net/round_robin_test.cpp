#include "net/round_robin.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace ws_demo {
namespace {

class RoundRobinTest : public ::testing::Test {
 protected:
  class participant final : private round_robin::participant {
   public:
    participant(RoundRobinTest& test, char name, int parts)
        : test_(test), name_(name), parts_left_(parts) {
      enqueue();
    }
    void enqueue() { test_.of.enqueue(*this); }

   private:
    void run_slice() override {
      test_.order += name_;
      if (--parts_left_ > 0) enqueue();
    }

    RoundRobinTest& test_;
    char name_;
    int parts_left_;
  };

  RoundRobinTest() {
    asio::co_spawn(io, of.run(), [this](const std::exception_ptr&) { ended = true; });
  }

  void run() {
    io.restart();
    io.poll();
  }

  task<void> twice(char name) {
    for (int i = 0; i < 2; ++i) {
      co_await of.async_turn(no_throw);
      order += name;
    }
  }

  asio::io_context io{1};
  round_robin of{io.get_executor()};
  std::string order;
  bool ended = false;
};

TEST_F(RoundRobinTest, WhoAsksAgainComesBehindTheOthers) {
  const participant a(*this, 'a', 3);
  const participant b(*this, 'b', 1);
  const participant c(*this, 'c', 2);
  run();
  EXPECT_EQ(order, "abcaca");
}

TEST_F(RoundRobinTest, WhoAsksTwiceGetsOne) {
  participant a(*this, 'a', 1);
  const participant b(*this, 'b', 1);
  a.enqueue();
  run();
  EXPECT_EQ(order, "ab");
}

TEST_F(RoundRobinTest, WhateverElseIsDueGoesInBetween) {
  run();
  const participant a(*this, 'a', 3);
  asio::post(io, [&] { asio::post(io, [&] { asio::post(io, [this] { order += '-'; }); }); });
  run();
  EXPECT_NE(order.back(), '-') << order;
  EXPECT_THAT(order, ::testing::HasSubstr("-"));
}

TEST_F(RoundRobinTest, WhoHasGoneGetsNone) {
  std::optional<participant> a(std::in_place, *this, 'a', 1);
  const participant b(*this, 'b', 1);
  a.reset();
  run();
  EXPECT_EQ(order, "b");
  a.emplace(*this, 'a', 1);
  a.reset();
  run();
  EXPECT_EQ(order, "b");
  a.emplace(*this, 'a', 1);
  io.restart();
  io.poll_one();  // now it is about to get one
  a.reset();
  run();
  EXPECT_EQ(order, "b");
}

TEST_F(RoundRobinTest, CoroutinesTakeTurnsToo) {
  asio::co_spawn(io, twice('a'), asio::detached);
  asio::co_spawn(io, twice('b'), asio::detached);
  io.poll();
  EXPECT_EQ(order, "abab");
}

TEST_F(RoundRobinTest, AfterTheStopNobodyWaits) {
  asio::co_spawn(io, twice('a'), asio::detached);
  io.poll_one();
  of.stop();
  run();
  EXPECT_EQ(order, "aa");
}

TEST_F(RoundRobinTest, EndsWhenItIsStopped) {
  run();
  EXPECT_FALSE(ended);
  of.stop();
  run();
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace ws_demo
