#include "events/replay.hpp"

#include "hub_test.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ws_demo {
namespace {

using ::testing::ElementsAre;

class ReplayTest : public testing::hub_test {};

TEST_F(ReplayTest, ALongOneComesInPages) {
  limits.history_events = 5000;
  for (int i = 0; i < 2500; ++i) publish("t");
  const std::vector<std::string> patterns{"t"};
  const auto page = replay(center.past(), patterns, 0, 0).next(page_bytes * 100, 0);
  EXPECT_FALSE(page.is_last);
  EXPECT_LT(page.events.size(), 2500U);
  EXPECT_EQ(replayed({"t"}, 0).size(), 2500U);
}

TEST_F(ReplayTest, APageHasSoManyBytes) {
  for (int i = 0; i < 10; ++i) publish("t");
  const std::vector<std::string> patterns{"t"};
  replay missed(center.past(), patterns, 0, 0);
  const auto bytes = text("t", 1).size();
  EXPECT_EQ(missed.next(3 * bytes, 0).events.size(), 3U);
  EXPECT_EQ(missed.next(1, 0).events.size(), 1U) << "one of any size";
  EXPECT_EQ(missed.next(3 * bytes, bytes / 2).events.size(), 2U);
}

TEST_F(ReplayTest, LooksOnlyAtEventsOfItsTopics) {
  limits.history_events = 5000;
  publish("a.quiet");
  for (int i = 0; i < 2500; ++i) publish("busy");
  publish("quiet");
  const std::vector<std::string> patterns{"a.*", "none", "none.*", "quiet"};
  const auto page = replay(center.past(), patterns, 0, 0).next(page_bytes, 0);
  EXPECT_EQ(page.events.size(), 2U);
  EXPECT_TRUE(page.is_last);
}

TEST_F(ReplayTest, TheNewestOfATopicAreFoundAtOnce) {
  limits.history_events = 5000;
  for (int i = 0; i < 2500; ++i) publish("t");
  const std::vector<std::string> patterns{"t"};
  const auto page = replay(center.past(), patterns, 0, 2).next(page_bytes, 0);
  EXPECT_EQ(page.events.size(), 2U);
  EXPECT_TRUE(page.is_last);
}

TEST_F(ReplayTest, TheNewestOfAllTopicsThatAPatternIncludes) {
  for (const char* topic : {"a.x", "a.y", "a.x", "b", "a.x", "a.y.z"}) publish(topic);
  EXPECT_THAT(replayed({"a.*"}, 0, 1),
              ElementsAre(text("a.y", 2), text("a.x", 5), text("a.y.z", 6)));
  EXPECT_THAT(replayed({"*", "a.x"}, 0, 1),
              ElementsAre(text("a.y", 2), text("b", 4), text("a.x", 5), text("a.y.z", 6)));
}

TEST_F(ReplayTest, TheNewestAreThoseThatWereThereWhenItBegan) {
  for (int i = 0; i < 3; ++i) publish("t");
  const std::vector<std::string> patterns{"t"};
  replay missed(center.past(), patterns, 0, 2);
  EXPECT_EQ(next_of(missed), "2");
  for (int i = 0; i < 5; ++i) publish("t");
  for (const char* due : {"3", "4", "5", "6", "7", "8"}) EXPECT_EQ(next_of(missed), due);
  EXPECT_TRUE(missed.next(page_bytes, 0).is_last);
}

TEST_F(ReplayTest, WhatIsDroppedBeforeItsTurnIsSaidEachTime) {
  limits.history_events = 3;
  for (int i = 0; i < 3; ++i) publish("t");
  const std::vector<std::string> patterns{"t"};
  replay all(center.past(), patterns, 0, 0);
  replay newest(center.past(), patterns, 0, 1);
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

TEST_F(ReplayTest, WhatOthersLoseIsNotSaid) {
  limits.history_events = 2;
  publish("a.quiet");
  const std::vector<std::string> patterns{"a.*", "quiet"};
  replay missed(center.past(), patterns, 0, 0);
  for (int i = 0; i < 10; ++i) publish("busy");
  EXPECT_EQ(next_of(missed), "1");
  for (int i = 0; i < 3; ++i) publish("a.b");
  EXPECT_EQ(next_of(missed), "!13");
}

}  // namespace
}  // namespace ws_demo
