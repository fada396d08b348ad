// A connection over a Unix-domain socket, of which the kernel says less than of one of TCP.

#include "connected.hpp"
#include "net/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <string>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

class UnixConnectionTest : public ::testing::Test, private connection::handler {
 protected:
  UnixConnectionTest() { pair.link->set_handler(this); }

  /// Checks the deadlines as the server would, until then.
  void check_until(std::chrono::milliseconds passed) {
    for (; checked <= passed; checked += 500ms) pair.link->check_deadlines(began + checked);
  }
  /// As much as the socket takes.
  std::size_t fill() const {
    const std::string bytes(65536, 'x');
    std::size_t all = 0;
    for (;;) {
      const auto [ec, sent] = pair.link->try_send(asio::buffer(bytes));
      if (ec) return all;
      all += sent;
    }
  }
  void send(std::size_t size) const { pair.link->try_send(asio::buffer(std::string(size, 'x'))); }
  void take(std::size_t size) {
    std::string bytes(size, '\0');
    asio::read(pair.peer, asio::buffer(bytes));
  }
  bool is_open() const { return pair.link->is_open(); }

  asio::io_context io{1};
  testing::connected pair{io, {}, 0, testing::connected::over::unix_domain};
  const steady_clock::time_point began = steady_clock::now();
  std::chrono::milliseconds checked{0};
  bool was_stuck = false;
  /// What it takes to read a block of 48 KiB at the least rate is added.
  const std::chrono::milliseconds timeout = pair.limits.write_timeout + 12s;

 private:
  void check(steady_clock::time_point /*now*/) override {}
  void shut_down() override {}
  void stuck() override { was_stuck = true; }
  std::size_t held_bytes() const override { return 0; }
  void out_of_memory() override {}
  void aborted() override {}
};

TEST_F(UnixConnectionTest, HasNoAddressButANumber) {
  EXPECT_EQ(pair.link->peer(), "unix:17");
  EXPECT_TRUE(pair.link->client().is_unspecified());
  pair.link->set_client(asio::ip::make_address("203.0.113.7"));
  EXPECT_EQ(pair.link->peer(), "203.0.113.7 via=unix:17");
}

TEST_F(UnixConnectionTest, TheKernelTakesNoMoreThanItMayOfTCP) {
  const auto most = pair.limits.max_unsent_bytes;
  const auto taken = fill();
  EXPECT_GT(taken, most / 2);
  EXPECT_LT(taken, most + 65536);
}

TEST_F(UnixConnectionTest, APeerThatTakesNothingIsGivenUp) {
  fill();
  check_until(timeout - 1s);
  EXPECT_TRUE(is_open());
  check_until(timeout + 1s);
  EXPECT_FALSE(is_open());
  EXPECT_TRUE(was_stuck);
}

TEST_F(UnixConnectionTest, APeerThatHasTakenAllStays) {
  send(1000);
  check_until(1s);
  take(1000);
  check_until(1h);
  send(1000);
  check_until(1h + timeout - 1s);
  EXPECT_TRUE(is_open()) << "the time begins when something waits";
}

TEST_F(UnixConnectionTest, TheTimeOfOneThatHasJustTakenAllIsNoLonger) {
  send(1000);
  take(1000);
  check_until(1s);
  send(1000);
  check_until(timeout + 3s);
  EXPECT_FALSE(is_open());
}

/// Small messages take more memory than they have bytes, so that it grows by more than is written.
TEST_F(UnixConnectionTest, WhatIsWrittenMeanwhileDoesNotPutItOff) {
  for (auto passed = 0s; passed < timeout + 1s; passed += 1s) {
    check_until(passed);
    send(100);
  }
  check_until(timeout + 1s);
  EXPECT_FALSE(is_open());
}

TEST_F(UnixConnectionTest, NorDoesWhatCannotBeWritten) {
  fill();
  for (auto passed = 0s; passed < timeout + 1s; passed += 1s) {
    check_until(passed);
    send(100);
  }
  check_until(timeout + 1s);
  EXPECT_FALSE(is_open());
}

TEST_F(UnixConnectionTest, APeerThatTakesABlockInTimeStays) {
  fill();
  for (auto passed = 0s; passed < 300s; passed += 12s) {
    check_until(passed);
    take(std::size_t{48} << 10);
    fill();
  }
  EXPECT_TRUE(is_open());
}

/// As a proxy does: its buffer is free now and then, and takes many messages together.
TEST_F(UnixConnectionTest, APeerThatTakesSmallMessagesMoreSlowlyThanTheyComeStays) {
  for (auto passed = 0s; passed < 100s; passed += 1s) {
    for (int i = 0; i < 3; ++i) {
      send(100);
      check_until(passed + i * 300ms);
    }
    if (passed % 10s == 5s) take(1500);
  }
  EXPECT_TRUE(is_open());
}

TEST_F(UnixConnectionTest, APeerThatTakesMostMessagesOneByOneStays) {
  for (auto passed = 0s; passed < 60s; passed += 1s)
    for (int i = 0; i < 40; ++i) {  // of which it takes 36
      send(20);
      if (i % 10 != 9) take(20);
      check_until(passed + i * 25ms);
    }
  EXPECT_TRUE(is_open());
}

/// Of an answer it is not known how much has been written, before all of it has.
TEST_F(UnixConnectionTest, APeerThatTakesNothingOfAnAnswerIsGivenUp) {
  const std::string answer(std::size_t{1} << 20, 'x');
  bool is_over = false;
  asio::async_write(*pair.link, asio::buffer(answer),
                    [&](error_code, std::size_t /*written*/) { is_over = true; });
  io.poll();
  check_until(2 * timeout);
  EXPECT_FALSE(is_open());
  io.restart();
  io.poll();
  EXPECT_TRUE(is_over);
}

TEST_F(UnixConnectionTest, TheTimeSinceAPeerSentSomethingIsKept) {
  std::string bytes(100, '\0');
  asio::write(pair.peer, asio::buffer("hello", 5));
  EXPECT_EQ(pair.link->silent_for(began + 1h).since_received, 0ms) << "it is not read yet";
  pair.link->try_receive(asio::buffer(bytes));
  const auto now = steady_clock::now();
  const auto silence = pair.link->silent_for(now + 60s).since_received;
  EXPECT_GE(silence, 60s);
  EXPECT_LE(silence, now - began + 60s);
  pair.link->try_receive(asio::buffer(bytes));  // nothing
  EXPECT_GE(pair.link->silent_for(now + 60s).since_received, 60s);
}

}  // namespace
}  // namespace ws_demo
