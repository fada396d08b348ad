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
  void connect(int count) {
    for (int i = 0; i < count; ++i) entries.emplace_back(all, *connections.emplace_back(io).link);
  }
  std::ptrdiff_t shut_down() const {
    return std::ranges::count_if(connections,
                                 [](const auto& c) { return c.link->shutting_down(); });
  }

  asio::io_context io{1};
  options limits;
  connection_list all{io.get_executor(), limits};
  std::list<testing::connected> connections;
  std::list<connection_list::entry> entries;
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
  connect(1);
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
  for (auto& c : connections) c.link->set_deadline(1ms);
  int checked = 0;
  asio::post(io, [&] {
    for (const auto& c : connections) checked += c.link->is_open() ? 0 : 1;
  });
  io.poll();
  EXPECT_GT(checked, 0);
  EXPECT_LT(checked, many);
  for (const auto& c : connections) EXPECT_FALSE(c.link->is_open());
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

TEST_F(ConnectionListTest, ManyAreShutDownInSlices) {
  constexpr int many = 300;
  connect(many);
  const auto now = steady_clock::now();
  all.begin_shutdown(now);
  EXPECT_TRUE(all.continue_shutdown(now, false));
  EXPECT_GT(shut_down(), 0);
  EXPECT_LT(shut_down(), many);
  while (all.continue_shutdown(now, false)) {
  }
  EXPECT_EQ(shut_down(), many);
}

TEST_F(ConnectionListTest, ManyAreAbortedInSlices) {
  constexpr int many = 300;
  connect(many);
  const auto open = [&] {
    return std::ranges::count_if(connections, [](const auto& c) { return c.link->is_open(); });
  };
  EXPECT_TRUE(all.abort_some());
  EXPECT_GT(open(), 0);
  EXPECT_LT(open(), many);
  while (all.abort_some()) {
  }
  EXPECT_EQ(open(), 0);
}

TEST_F(ConnectionListTest, OneThatIsShutDownIsStillChecked) {
  connect(1);
  const auto now = steady_clock::now();
  all.begin_shutdown(now);
  all.continue_shutdown(now, false);
  connections.front().link->set_deadline(10s);
  asio::co_spawn(io, all.check_deadlines(now + 1min), asio::detached);
  io.poll();
  EXPECT_FALSE(connections.front().link->is_open());
}

TEST_F(ConnectionListTest, KnowsHowManyThereAre) {
  EXPECT_TRUE(all.empty());
  connect(2);
  EXPECT_EQ(all.size(), 2U);
  entries.pop_front();
  EXPECT_EQ(all.size(), 1U);
}

}  // namespace
}  // namespace ws_demo
