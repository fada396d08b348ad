#include "net/connection_list.hpp"

#include "connected.hpp"
#include "deadline.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <list>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

class ConnectionListTest : public ::testing::Test {
 protected:
  void connect(int count, bool during_shutdown = false) {
    for (int i = 0; i < count; ++i) all.add(*connections.emplace_back(io, during_shutdown).link);
  }
  std::ptrdiff_t shut_down() const {
    return std::ranges::count_if(connections,
                                 [](const auto& c) { return c.link->shutting_down(); });
  }

  asio::io_context io{1};
  options limits;
  connection_list all{io.get_executor(), limits};
  std::list<testing::connected> connections;
};

TEST_F(ConnectionListTest, AShutdownIsSpreadEvenly) {
  limits.drain_spread = 10s;
  connect(10);
  const auto began = steady_clock::now();
  all.begin_shutdown(began);
  for (int second = 0; second <= 10; ++second) {
    all.continue_shutdown(began + std::chrono::seconds(second), false);
    EXPECT_EQ(shut_down(), second);
  }
}

TEST_F(ConnectionListTest, OnesThatComeDuringAShutdownAreSparedAtFirst) {
  connect(1);
  const auto now = steady_clock::now();
  all.begin_shutdown(now);
  connect(1, /*during_shutdown=*/true);
  all.continue_shutdown(now, false);
  EXPECT_EQ(shut_down(), 1);
  all.continue_shutdown(now, true);
  EXPECT_EQ(shut_down(), 2);
}

TEST_F(ConnectionListTest, OthersHaveTheirTurnBetweenTheChecksOfMany) {
  constexpr int many = 300;
  connect(many);
  const auto now = steady_clock::now() + 1s;
  asio::co_spawn(io, all.check_deadlines(now), asio::detached);
  int checked = 0;
  asio::post(io, [&] {
    for (const auto& c : connections) checked += c.link->checked_at() == now ? 1 : 0;
  });
  io.poll();
  EXPECT_GT(checked, 0);
  EXPECT_LT(checked, many);
  for (const auto& c : connections) EXPECT_EQ(c.link->checked_at(), now);
}

TEST_F(ConnectionListTest, APassedDeadlineAborts) {
  connect(2);
  connections.front().link->set_deadline(10s);
  connections.back().link->set_deadline(1h);
  asio::co_spawn(io, all.check_deadlines(steady_clock::now() + 1min), asio::detached);
  io.poll();
  EXPECT_TRUE(connections.front().is_closed());
  connections.back().link->cancel();
  EXPECT_FALSE(connections.back().link->shutting_down());
}

}  // namespace
}  // namespace ws_demo
