#include "events/dropped_record.hpp"

#include "failing_memory.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ws_demo {
namespace {

class DroppedRecordTest : public ::testing::Test {
 protected:
  static std::string name(int i) { return std::string("t").append(std::to_string(i)); }

  options limits;
  memory_budget memory{std::size_t{1} << 30};
  dropped_record record{limits, memory};
};

TEST_F(DroppedRecordTest, KnowsTheNewestOfEachName) {
  record.remember("a", 5);
  record.remember("b.*", 7);
  record.remember("b.*", 3);
  record.remember("c", 0);
  EXPECT_EQ(record.newest("a"), 5U);
  EXPECT_EQ(record.newest("b.*"), 7U);
  EXPECT_EQ(record.newest("c"), 0U);
  EXPECT_EQ(record.newest("never"), 0U);
}

TEST_F(DroppedRecordTest, WhatIsTakenIsKnownElsewhere) {
  record.remember("a", 5);
  EXPECT_EQ(record.take("a"), 5U);
  EXPECT_EQ(record.newest("a"), 0U);
}

TEST_F(DroppedRecordTest, ANumberThatIsOfAllNamesNeverBecomesSmaller) {
  limits.max_topics_total = 2;
  record.give_up(50);
  for (int i = 1; i <= 100; ++i) record.remember(name(i), static_cast<std::uint64_t>(i));
  EXPECT_GE(record.newest("never"), 50U);
}

TEST_F(DroppedRecordTest, GivesUpTheOlderHalfOfTooMany) {
  limits.max_topics_total = 100;
  for (int i = 1; i <= 100; ++i) record.remember(name(i), static_cast<std::uint64_t>(i));
  EXPECT_EQ(record.newest("never"), 0U);
  const auto before = memory.used();
  record.remember(name(101), 101);
  EXPECT_EQ(record.newest("never"), 50U) << "perhaps it was one of those";
  EXPECT_EQ(record.newest(name(1)), 50U);
  EXPECT_EQ(record.newest(name(51)), 51U);
  EXPECT_EQ(record.newest(name(101)), 101U);
  for (int i = 102; i <= 10'000; ++i) record.remember(name(i), static_cast<std::uint64_t>(i));
  EXPECT_EQ(record.newest(name(10'000)), 10'000U);
  EXPECT_LE(memory.used(), before * 2);
}

TEST_F(DroppedRecordTest, WhatItTakesIsCharged) {
  for (int i = 1; i <= 10'000; ++i) record.remember(name(i), static_cast<std::uint64_t>(i));
  EXPECT_GE(memory.used(), 10'000U * 16);
  EXPECT_LE(memory.used(), 10'000U * 64);
}

TEST_F(DroppedRecordTest, WithoutMemoryANumberIsOfAllNames) {
  record.remember("a", 5);
  {
    const testing::failing_memory failing(0);
    for (int i = 6; i < 100; ++i) record.remember(name(i), static_cast<std::uint64_t>(i));
  }
  EXPECT_EQ(record.newest(name(99)), 99U);
  EXPECT_EQ(record.newest("a"), record.newest("never"));
  EXPECT_GT(record.newest("a"), 5U);
}

}  // namespace
}  // namespace ws_demo
