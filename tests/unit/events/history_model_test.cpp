// Thousands of random steps, after each of which the history is asked what a subscriber would miss,
// and compared with a record of all that was ever published.

#include "common/memory_budget.hpp"
#include "events/history.hpp"
#include "events/topic.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

class HistoryModel : public ::testing::TestWithParam<unsigned> {
 protected:
  struct published_event {
    std::uint64_t number;
    std::string topic;
    steady_clock::time_point at;
  };

  std::size_t roll(std::size_t sides) { return chance() % sides; }

  void publish() {
    number += roll(10) == 0 ? 1 + roll(5) : 1;  // a log may skip numbers
    const auto& topic = topics[roll(topics.size())];
    past.append(topic, number, make_event(std::string(roll(300), 'x'), {}, &memory), now);
    all.push_back({number, topic, now});
  }
  void pass_time() {
    now += std::chrono::seconds(roll(40));
    while (past.expire(now)) {
    }
  }
  void set_limits() {
    limits.history_events = 1 + roll(20);
    limits.history_bytes = 500 + roll(20'000);
    limits.history_age = std::chrono::seconds(10 + roll(200));
  }
  void reserve() {
    if (reserved)
      reserved.reset();
    else if (auto made = past.reserve(topics[roll(topics.size())]))
      reserved.emplace(std::move(*made));
  }

  std::set<std::uint64_t> kept() const {
    std::set<std::uint64_t> numbers;
    for (auto n = past.first_after("*", 0); n; n = past.first_after("*", *n)) numbers.insert(*n);
    return numbers;
  }

  void expect_limits(const std::set<std::uint64_t>& numbers) const {
    EXPECT_EQ(past.events(), numbers.size());
    std::map<std::string, std::size_t> counts;
    for (const auto& e : all)
      if (numbers.contains(e.number)) ++counts[e.topic];
    EXPECT_EQ(past.topics(),
              counts.size() + (reserved && !counts.contains(std::string(reserved->topic_name()))));
  }

  void expect_truth_for(const std::vector<std::string>& patterns, std::uint64_t after,
                        const std::set<std::uint64_t>& numbers) const {
    bool has_gap = false;
    std::optional<std::uint64_t> first;
    for (const auto& e : all) {
      if (e.number <= after ||
          std::ranges::none_of(patterns, [&](const auto& p) { return matches(p, e.topic); }))
        continue;
      if (!numbers.contains(e.number))
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

  const std::vector<std::string> topics{"a", "a.b", "a.b.c", "a.c", "b", "b.a", "c", "d.e.f"};
  const std::vector<std::string> asked{"a",   "a.b",   "a.b.c", "a.c",   "b",
                                       "c",   "d.e.f", "never", "*",     "a.*",
                                       "b.*", "a.b.*", "d.*",   "d.e.*", "never.*"};
  std::mt19937 chance{GetParam()};
  options limits;
  memory_budget memory{std::size_t{1} << 30};
  history past{limits, memory};
  std::vector<published_event> all;
  std::uint64_t number = 0;
  steady_clock::time_point now;
  std::optional<history::reservation> reserved;
};

TEST_P(HistoryModel, NoGapIsMissedAndNoneIsInvented) {
  for (int step = 0; step < 400 && !HasFailure(); ++step) {
    const auto what = roll(20);
    if (what == 0)
      set_limits();
    else if (what < 3)
      pass_time();
    else if (what == 3)
      past.drop_some();
    else if (what == 4)
      reserve();
    else
      publish();
    const auto numbers = kept();
    expect_limits(numbers);
    for (int i = 0; i < 5; ++i) {
      const std::vector<std::string> patterns{asked[roll(asked.size())], asked[roll(asked.size())]};
      expect_truth_for({patterns[0]}, roll(number + 2), numbers);
      expect_truth_for(patterns, roll(number + 2), numbers);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, HistoryModel, ::testing::Range(1U, 21U));

}  // namespace
}  // namespace ws_demo
