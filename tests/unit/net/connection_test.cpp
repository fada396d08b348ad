#include "net/connection.hpp"

#include "connected.hpp"
#include "deadline.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/read.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <string>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

class ConnectionTest : public ::testing::Test, private connection::handler {
 protected:
  /// Checks the deadlines as the server would, until then.
  void check_until(std::chrono::milliseconds passed) {
    for (auto now = began; now <= began + passed; now += 100ms) tcp.link->check_deadlines(now);
  }
  /// How the connection ends for the peer, when it has read all that comes.
  error_code error_after_all() {
    std::string rest(std::size_t{1} << 20, '\0');
    error_code result;
    bool done = false;
    asio::async_read(tcp.peer, asio::buffer(rest), [&](error_code ec, std::size_t /*size*/) {
      result = ec;
      done = true;
    });
    testing::run_until(io, [&] { return done; });
    return result;
  }
  void handle() { tcp.link->set_handler(this); }
  /// Of which whatever the kernel has is taken within a few milliseconds.
  static options at_a_high_rate() {
    options o;
    o.min_bytes_per_second = std::size_t{1} << 24;
    return o;
  }

  asio::io_context io{1};
  testing::connected tcp{io, at_a_high_rate(), 4096};
  const steady_clock::time_point began = steady_clock::now();
  std::string told;

 private:
  void check(steady_clock::time_point /*now*/) override {}
  void shut_down() override {}
  void stuck() override { told += "stuck "; }
  std::size_t held_bytes() const override { return 0; }
  void out_of_memory() override {}
  void aborted() override { told += "aborted "; }
};

TEST_F(ConnectionTest, TheLogHasTheClientAndTheConnectionThatItComesThrough) {
  const auto own = tcp.link->peer();
  EXPECT_TRUE(own.starts_with("127.0.0.1:")) << own;
  EXPECT_EQ(tcp.link->client(), tcp.link->address());
  tcp.link->set_client(asio::ip::make_address("2001:db8::1"));
  EXPECT_EQ(tcp.link->peer(), "2001:db8::1 via=" + own);
  EXPECT_EQ(tcp.link->client().to_string(), "2001:db8::1");
  tcp.link->set_client(tcp.link->address());
  EXPECT_EQ(tcp.link->peer(), own);
}

TEST_F(ConnectionTest, APeerThatTakesNothingIsReset) {
  handle();
  tcp.fill();
  check_until(tcp.limits.write_timeout - 1s);
  EXPECT_TRUE(tcp.link->is_open());
  check_until(tcp.limits.write_timeout + 1s);
  EXPECT_FALSE(tcp.link->is_open());
  EXPECT_EQ(told, "stuck aborted ");
  EXPECT_EQ(error_after_all(), asio::error::connection_reset) << "what it has not taken is dropped";
}

TEST_F(ConnectionTest, APeerThatHasNothingToTakeStays) {
  check_until(1h);
  EXPECT_TRUE(tcp.link->is_open());
}

TEST_F(ConnectionTest, WhatWaitsWhenADeadlinePassesIsDropped) {
  tcp.link->set_idle(false);
  tcp.fill();
  tcp.link->set_deadline(1s);
  check_until(2s);
  EXPECT_FALSE(tcp.link->is_open());
  EXPECT_EQ(error_after_all(), asio::error::connection_reset);
}

TEST_F(ConnectionTest, TheLastAnswerIsStillSentWhenNoRequestComes) {
  tcp.fill();
  tcp.link->set_deadline(1s);
  check_until(2s);
  EXPECT_FALSE(tcp.link->is_open());
  EXPECT_EQ(error_after_all(), asio::error::eof);
}

TEST_F(ConnectionTest, ADeadlineIsPutOffOnceForWhatTheKernelHas) {
  options o;
  o.write_timeout = 1h;
  testing::connected slow{io, o, 4096};
  slow.fill();
  slow.link->set_deadline(1s);
  const auto unsent = unacknowledged_bytes(slow.link->native_handle());
  const auto taken_at = began + 1s + unsent * 1000ms / o.min_bytes_per_second;
  slow.link->check_deadlines(began + 2s);
  slow.link->check_deadlines(taken_at - 500ms);
  EXPECT_TRUE(slow.link->is_open());
  slow.link->check_deadlines(taken_at + 5s);
  EXPECT_FALSE(slow.link->is_open());
}

TEST_F(ConnectionTest, ADeadlineIsPutOffForWhatMoves) {
  tcp.link->set_deadline(10s);
  tcp.link->extend_deadline(100 * tcp.limits.min_bytes_per_second);
  check_until(109s);
  EXPECT_TRUE(tcp.link->is_open());
  check_until(111s);
  EXPECT_FALSE(tcp.link->is_open());
}

}  // namespace
}  // namespace ws_demo
