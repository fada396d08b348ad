#include "ws_demo/race.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <stdexcept>

namespace ws_demo {
namespace {

task<void> wait_for_ever(bool& ended) {
  timer alarm(co_await asio::this_coro::executor, steady_clock::time_point::max());
  co_await alarm.async_wait(no_throw);
  ended = true;
}

/// A loop that goes on when it is cancelled, as one may whose last operation succeeds all the same.
task<void> go_on(bool& ended) {
  co_await wait_for_ever(ended);
  co_await asio::post(co_await asio::this_coro::executor, no_throw);  // throws
}

task<void> return_soon() {
  co_await asio::post(co_await asio::this_coro::executor, no_throw);
}

task<void> fail_soon() {
  co_await return_soon();
  throw std::runtime_error("failed");
}

class Race : public ::testing::Test {
 protected:
  /// What comes out of it.
  std::exception_ptr run(task<void> all) {
    std::exception_ptr result;
    bool done = false;
    asio::co_spawn(io, std::move(all), [&](const std::exception_ptr& failure) {
      result = failure;
      done = true;
    });
    io.run();
    EXPECT_TRUE(done);
    return result;
  }

  asio::io_context io{1};
  bool first_ended = false;
  bool second_ended = false;
};

TEST_F(Race, EndsWithTheFirst) {
  EXPECT_FALSE(run(race(wait_for_ever(first_ended), return_soon(), wait_for_ever(second_ended))));
  EXPECT_TRUE(first_ended);
  EXPECT_TRUE(second_ended);
}

TEST_F(Race, WhatTheCancelledThrowIsNoFailure) {
  EXPECT_FALSE(run(race(go_on(first_ended), return_soon())));
  EXPECT_TRUE(first_ended);
}

TEST_F(Race, TheFirstMayFail) {
  const auto failure = run(race(go_on(first_ended), fail_soon(), go_on(second_ended)));
  ASSERT_TRUE(failure);
  EXPECT_THROW(std::rethrow_exception(failure), std::runtime_error);
  EXPECT_TRUE(first_ended);
  EXPECT_TRUE(second_ended);
}

}  // namespace
}  // namespace ws_demo
