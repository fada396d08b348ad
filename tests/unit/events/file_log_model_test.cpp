// Random publishing, dropping and restarts: what the server would tell a subscriber that comes back
// with any position is compared with a record of all that was acknowledged.

#include "common/memory_budget.hpp"
#include "events/file_log.hpp"
#include "events/hub.hpp"
#include "events/topic.hpp"
#include "scratch_database.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

class FileLogModel : public ::testing::TestWithParam<unsigned> {
 protected:
  struct acknowledged {
    std::uint64_t number;
    std::string topic;
  };
  /// A process, which may end without a stop.
  struct running {
    explicit running(const options& limits)
        : center(io.get_executor(), limits, memory), log(io.get_executor(), limits) {
      center.past().on_dropped(
          [this](std::string_view topic, std::uint64_t number) { log.forget(topic, number); });
      log.open(center);
      asio::co_spawn(io, log.run(), asio::detached);
    }
    asio::io_context io{1};
    memory_budget memory{std::size_t{1} << 30};
    hub center;
    file_log log;
  };

  std::size_t roll(std::size_t sides) { return chance() % sides; }

  void publish() {
    std::vector<event_log::entry> events(1 + roll(4));
    for (auto& e : events) e = {topics[roll(topics.size())], std::string(1 + roll(300), '1')};
    std::optional<std::uint64_t> number;
    now->log.append(events, [&](const event_log::result& r) { number = r.number; });
    now->io.restart();
    while (!number) now->io.run_one();
    for (std::size_t i = 0; i < events.size(); ++i)
      all.push_back({*number - events.size() + 1 + i, events[i].topic});
  }
  void restart(bool in_good_order) {
    if (in_good_order) {
      now->log.stop();
      now->io.restart();
      now->io.run();
    }
    now.reset();
    now = std::make_unique<running>(limits);
    now->center.past().expire(steady_clock::now());
  }
  void set_limits() {
    limits.history_events = 1 + roll(20);
    limits.history_bytes = 500 + roll(20'000);
  }

  void expect_truth_for(const std::vector<std::string>& patterns, std::uint64_t after) const {
    const history& past = now->center.past();
    bool has_gap = false;
    std::optional<std::uint64_t> first;
    for (const auto& e : all) {
      const bool is_wanted = e.number > after && std::ranges::any_of(patterns, [&](const auto& p) {
                               return matches(p, e.topic);
                             });
      if (!is_wanted) continue;
      if (past.first_after("*", e.number - 1) != e.number)
        has_gap = true;
      else if (!first)
        first = e.number;
    }
    EXPECT_EQ(past.has_gap(patterns, after), has_gap) << patterns[0] << " after " << after;
    std::optional<std::uint64_t> found;
    for (const auto& pattern : patterns)
      if (const auto n = past.first_after(pattern, after)) found = std::min(*n, found.value_or(*n));
    EXPECT_EQ(found, first) << patterns[0] << " after " << after;
  }

  const std::vector<std::string> topics{"a", "a.b", "a.b.c", "b", "c.d"};
  const std::vector<std::string> asked{"a",   "a.b", "a.b.c", "b",   "c.d",
                                       "new", "*",   "a.*",   "c.*", "a.b.*"};
  std::mt19937 chance{GetParam()};
  testing::scratch_database database;
  options limits = [this] {
    options o;
    o.event_log_file = database.path();
    return o;
  }();
  std::unique_ptr<running> now = std::make_unique<running>(limits);
  std::vector<acknowledged> all;
};

TEST_P(FileLogModel, WhatWasAcknowledgedIsThereOrItsGapIsSaid) {
  const auto epoch = now->center.epoch();
  for (int step = 0; step < 300 && !HasFailure(); ++step) {
    const auto what = roll(20);
    if (what == 0)
      set_limits();
    else if (what < 3)
      restart(roll(2) == 0);
    else if (what == 3)
      now->center.past().drop_some();
    else
      publish();
    ASSERT_EQ(now->center.epoch(), epoch);
    const auto newest = all.empty() ? 0 : all.back().number;
    ASSERT_EQ(now->center.position().number, newest);
    for (int i = 0; i < 5; ++i)
      expect_truth_for({asked[roll(asked.size())], asked[roll(asked.size())]}, roll(newest + 2));
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, FileLogModel, ::testing::Range(1U, 6U));

}  // namespace
}  // namespace ws_demo
