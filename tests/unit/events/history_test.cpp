#include "common/memory_budget.hpp"
#include "failing_memory.hpp"
#include "hub_test.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <new>
#include <string>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::texts;

class HistoryTest : public testing::hub_test {};

TEST_F(HistoryTest, KeepsTheNewestOfEachTopic) {
  limits.history_events = 2;
  for (int i = 0; i < 3; ++i) publish("busy");
  publish("quiet");
  EXPECT_THAT(replayed({"*"}, 0), ElementsAre(text("busy", 2), text("busy", 3), text("quiet", 4)));
  EXPECT_THAT(replayed({"busy"}, 2), ElementsAre(text("busy", 3)));
  EXPECT_TRUE(center.past().has_gap({"busy"}, 0));
  EXPECT_FALSE(center.past().has_gap({"busy"}, 1));
  EXPECT_FALSE(center.past().has_gap({"quiet"}, 0));
  EXPECT_TRUE(center.past().has_gap({"*"}, 0));
}

TEST_F(HistoryTest, GivesTheNewestOfEachTopic) {
  for (const char* topic : {"a", "b", "a", "a", "b"}) publish(topic);
  EXPECT_THAT(replayed({"a", "b"}, 0, 2),
              ElementsAre(text("b", 2), text("a", 3), text("a", 4), text("b", 5)));
}

TEST_F(HistoryTest, ABusyTopicDoesNotPushOutAQuietOnesLast) {
  limits.history_bytes = 4096;
  publish("quiet");
  for (int i = 0; i < 1000; ++i) publish("busy");
  EXPECT_THAT(replayed({"quiet"}, 0), ElementsAre(text("quiet", 1)));
  EXPECT_LE(center.past().bytes(), limits.history_bytes);
  EXPECT_GE(center.past().events(), 10U);
  EXPECT_THAT(replayed({"busy"}, 1000), ElementsAre(text("busy", 1001)));
}

TEST_F(HistoryTest, ManyTopicsStayBelowTheLimitOfBytes) {
  limits.history_bytes = 4096;
  for (int i = 0; i < 1000; ++i) publish(std::string("t").append(std::to_string(i)));
  EXPECT_LE(center.past().bytes(), limits.history_bytes);
  EXPECT_THAT(replayed({"t999"}, 0), ElementsAre(text("t999", 1000)));
  EXPECT_EQ(center.past().topics(), center.past().events());
}

TEST_F(HistoryTest, AnEventThatIsLargerThanTheHistoryIsNotKept) {
  limits.history_bytes = 100;
  EXPECT_EQ(publish("t").id.number, 1U);
  EXPECT_EQ(center.past().events(), 0U);
  EXPECT_EQ(center.past().bytes(), 0U);
  EXPECT_TRUE(center.past().has_gap({"t"}, 0));
}

TEST_F(HistoryTest, WhatIsTooOldGoesAndItsTopicIsForgotten) {
  limits.history_age = 1min;
  publish("t");
  center.past().expire(steady_clock::now() + 30s);
  EXPECT_EQ(center.past().topics(), 1U);
  center.past().expire(steady_clock::now() + 61s);
  EXPECT_EQ(center.past().topics(), 0U);
  EXPECT_EQ(center.past().bytes(), 0U);
  EXPECT_TRUE(center.past().has_gap({"t"}, 0));
  EXPECT_FALSE(center.past().has_gap({"t"}, 1));
  publish("t");
  EXPECT_TRUE(center.past().has_gap({"t"}, 0)) << "also where the topic is back";
  EXPECT_FALSE(center.past().has_gap({"t"}, 1));
}

TEST_F(HistoryTest, ThereIsRoomForSoManyTopics) {
  limits.max_topics_total = 2;
  publish("a");
  EXPECT_TRUE(center.past().has_room_for("b"));
  publish("b");
  EXPECT_FALSE(center.past().has_room_for("c"));
  EXPECT_TRUE(center.past().has_room_for("a"));
}

TEST_F(HistoryTest, RoomThatIsReservedIsKept) {
  limits.max_topics_total = 2;
  limits.history_age = 1min;
  auto& past = center.past();
  auto for_a = past.reserve("a");
  auto for_b = past.reserve("b");
  auto for_b_too = past.reserve("b");
  ASSERT_TRUE(for_a && for_b_too);
  ASSERT_TRUE(for_b.has_value());
  EXPECT_EQ(for_b->topic_name(), "b");  // NOLINT(bugprone-unchecked-optional-access): asserted
  EXPECT_FALSE(past.reserve("c"));
  publish("a");
  for_a.reset();
  for_b.reset();
  EXPECT_FALSE(past.has_room_for("c")) << "b is reserved by another still";
  publish("b");
  past.expire(steady_clock::now() + 2min);
  EXPECT_TRUE(past.has_room_for("c"));
  EXPECT_EQ(past.topics(), 1U);
  for_b_too.reset();
  EXPECT_EQ(past.topics(), 0U);
  EXPECT_EQ(past.bytes(), 0U);
  EXPECT_TRUE(past.has_gap({"b"}, 1));
}

/// A log may keep an older event of a topic than one that it has not any more.
TEST_F(HistoryTest, WhatIsGoneMayBeNewerThanWhatIsThere) {
  history past(limits, memory);
  past.begin_after(100);
  past.set_gone("t", 80);
  past.append("t", 50, make_event("{}"), steady_clock::now());
  past.drop_some();
  EXPECT_TRUE(past.has_gap({"t"}, 60));
  EXPECT_FALSE(past.has_gap({"t"}, 80));
  EXPECT_EQ(past.newest(), 100U);
}

TEST_F(HistoryTest, APatternMayHaveAGapOnOneOfManyTopics) {
  limits.history_events = 1;
  for (const char* topic : {"a", "a.", "a.b", "a.c", "a.c", "a.d", "b"}) publish(topic);
  EXPECT_TRUE(center.past().has_gap({"a.*"}, 3));
  EXPECT_FALSE(center.past().has_gap({"a.*"}, 4));
  EXPECT_FALSE(center.past().has_gap({"a", "a.b", "a.d", "b", "b.*", "c"}, 0));
}

TEST_F(HistoryTest, ManyThatAreTooOldGoInSlices) {
  limits.history_events = 5000;
  limits.history_age = 1min;
  for (int i = 0; i < 2000; ++i) publish("t");
  const auto later = steady_clock::now() + 2min;
  EXPECT_TRUE(center.past().expire(later));
  EXPECT_GT(center.past().events(), 0U);
  EXPECT_LT(center.past().events(), 2000U);
  while (center.past().expire(later)) {
  }
  EXPECT_EQ(center.past().events(), 0U);
}

TEST_F(HistoryTest, WithoutMemoryForAnEventNothingHasChanged) {
  const auto e = make_event("{}");
  const auto now = steady_clock::now();
  for (const std::string topic : {"a.b.c", "a.b.new.topic.of.more.than.a.few.bytes"}) {
    history past(limits, memory);
    past.append("a.b.c", 1, e, now);
    const auto bytes = past.bytes();
    bool failed = true;
    for (std::uint64_t granted = 0; failed; ++granted) {
      const testing::failing_memory failing(granted);
      try {
        past.append(topic, 2, e, now);
        failed = testing::failing_memory::has_failed();
      } catch (const std::bad_alloc&) {
        ASSERT_EQ(past.bytes(), bytes) << granted;
        ASSERT_EQ(past.events(), 1U) << granted;
        ASSERT_EQ(past.topics(), 1U) << granted;
        for (const std::string& pattern : {topic, std::string("a.*"), std::string("*")})
          ASSERT_FALSE(past.first_after(pattern, 1)) << pattern << " " << granted;
      }
    }
    EXPECT_EQ(past.first_after("a.b.*", 1), 2U);
    past.expire(now + limits.history_age + 1min);
    EXPECT_EQ(past.bytes(), 0U);
  }
}

}  // namespace
}  // namespace ws_demo
