#include "hub_test.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

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
  center.expire(steady_clock::now() + 30s);
  EXPECT_EQ(center.past().topics(), 1U);
  center.expire(steady_clock::now() + 61s);
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
  EXPECT_TRUE(center.past().has_room_for({"a", "b"}));
  EXPECT_FALSE(center.past().has_room_for({"a", "b", "c"}));
  publish("b");
  EXPECT_FALSE(center.past().has_room_for({"c"}));
  EXPECT_TRUE(center.past().has_room_for({"a"}));
}

TEST_F(HistoryTest, RoomThatIsPromisedIsKept) {
  limits.max_topics_total = 2;
  limits.history_age = 1min;
  center.past().reserve({"a", "b"});
  center.past().reserve({"b"});
  EXPECT_FALSE(center.past().has_room_for({"c"}));
  publish("a");
  center.past().release({"a", "b"});
  EXPECT_FALSE(center.past().has_room_for({"c"})) << "b is promised to another still";
  publish("b");
  center.expire(steady_clock::now() + 2min);
  EXPECT_FALSE(center.past().has_room_for({"c", "d"}));
  EXPECT_TRUE(center.past().has_room_for({"c"}));
  center.past().release({"b"});
  EXPECT_TRUE(center.past().has_room_for({"c", "d"}));
  EXPECT_TRUE(center.past().has_gap({"b"}, 1));
}

TEST_F(HistoryTest, APatternMayHaveAGapOnOneOfManyTopics) {
  limits.history_events = 1;
  for (const char* topic : {"a", "a.", "a.b", "a.c", "a.c", "a.d", "b"}) publish(topic);
  EXPECT_TRUE(center.past().has_gap({"a.*"}, 3));
  EXPECT_FALSE(center.past().has_gap({"a.*"}, 4));
  EXPECT_FALSE(center.past().has_gap({"a", "a.b", "a.d", "b", "b.*", "c"}, 0));
}

TEST_F(HistoryTest, LongReplaysComeInPages) {
  limits.history_events = 5000;
  for (int i = 0; i < 2500; ++i) publish("t");
  const std::vector<std::string> patterns{"t"};
  const auto page = history::replay(center.past(), patterns, 0, 0).next();
  EXPECT_FALSE(page.is_last);
  EXPECT_LT(page.events.size(), 2500U);
  EXPECT_EQ(replayed({"t"}, 0).size(), 2500U);
}

TEST_F(HistoryTest, TheNewestAreThoseThatWereThereWhenItBegan) {
  limits.max_queue_bytes = 1;  // a page has one event
  for (int i = 0; i < 3; ++i) publish("t");
  const std::vector<std::string> patterns{"t"};
  history::replay replay(center.past(), patterns, 0, 2);
  EXPECT_EQ(next_of(replay), "2");
  for (int i = 0; i < 5; ++i) publish("t");
  for (const char* due : {"3", "4", "5", "6", "7", "8"}) EXPECT_EQ(next_of(replay), due);
  EXPECT_TRUE(replay.next().is_last);
}

TEST_F(HistoryTest, WhatIsDroppedBeforeItsTurnIsSaidEachTime) {
  limits.max_queue_bytes = 1;
  limits.history_events = 3;
  for (int i = 0; i < 3; ++i) publish("t");
  const std::vector<std::string> patterns{"t"};
  history::replay all(center.past(), patterns, 0, 0);
  history::replay newest(center.past(), patterns, 0, 1);
  EXPECT_EQ(next_of(all), "1");
  publish("t");  // 1 goes
  publish("t");  // 2
  EXPECT_EQ(next_of(all), "!3");
  EXPECT_EQ(next_of(newest), "3") << "1 and 2 it did not want";
  publish("other");
  for (int i = 0; i < 3; ++i) publish("t");  // 3, 4 and 5
  EXPECT_EQ(next_of(newest), "!7");
  EXPECT_EQ(next_of(all), "!7");
  EXPECT_EQ(next_of(all), "8");
  EXPECT_EQ(next_of(all), "9");
  EXPECT_EQ(next_of(all), "");
}

}  // namespace
}  // namespace ws_demo
