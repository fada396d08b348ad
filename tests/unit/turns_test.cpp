#include "ws_demo/turns.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace ws_demo {
namespace {

class TurnsTest : public ::testing::Test {
 protected:
  class taker final : private turns::taker {
   public:
    taker(TurnsTest& test, char name, int parts) : test_(test), name_(name), parts_left_(parts) {
      ask();
    }
    void ask() { test_.of.ask(*this); }

   private:
    void take_turn() override {
      test_.order += name_;
      if (--parts_left_ > 0) ask();
    }

    TurnsTest& test_;
    char name_;
    int parts_left_;
  };

  TurnsTest() {
    asio::co_spawn(io, of.run(), [this](const std::exception_ptr&) { ended = true; });
  }

  void run() {
    io.restart();
    io.poll();
  }

  asio::io_context io{1};
  turns of{io.get_executor()};
  std::string order;
  bool ended = false;
};

TEST_F(TurnsTest, WhoAsksAgainComesBehindTheOthers) {
  const taker a(*this, 'a', 3);
  const taker b(*this, 'b', 1);
  const taker c(*this, 'c', 2);
  run();
  EXPECT_EQ(order, "abcaca");
}

TEST_F(TurnsTest, WhoAsksTwiceGetsOne) {
  taker a(*this, 'a', 1);
  const taker b(*this, 'b', 1);
  a.ask();
  run();
  EXPECT_EQ(order, "ab");
}

TEST_F(TurnsTest, WhateverElseIsDueGoesInBetween) {
  run();
  const taker a(*this, 'a', 3);
  asio::post(io, [&] { asio::post(io, [&] { asio::post(io, [this] { order += '-'; }); }); });
  run();
  EXPECT_NE(order.back(), '-') << order;
  EXPECT_THAT(order, ::testing::HasSubstr("-"));
}

TEST_F(TurnsTest, WhoHasGoneGetsNone) {
  std::optional<taker> a(std::in_place, *this, 'a', 1);
  const taker b(*this, 'b', 1);
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

TEST_F(TurnsTest, EndsWhenItIsStopped) {
  run();
  EXPECT_FALSE(ended);
  of.stop();
  run();
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace ws_demo
