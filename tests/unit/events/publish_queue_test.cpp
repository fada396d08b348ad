#include "events/publish_queue.hpp"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

constexpr auto no_time = 0ms;
constexpr auto long_enough = 30s;

TEST(Inbox, GivesWhatCameInOrder) {
  publish_queue box(1000);
  EXPECT_TRUE(box.push({"a", "1"}, no_time)) << "take() is due after the first";
  EXPECT_FALSE(box.push({"b", "2"}, no_time));
  const auto events = box.take();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].topic, "a");
  EXPECT_EQ(events[1].payload, "2");
  EXPECT_TRUE(box.take().empty());
  EXPECT_TRUE(box.push({"c", "3"}, no_time));
}

TEST(Inbox, HoldsSoManyBytesAndAtLeastOneEvent) {
  publish_queue box(100);
  const std::string payload(200, 'x');
  box.push({"a", payload}, no_time);
  EXPECT_THROW(box.push({"a", "1"}, 1ms), std::runtime_error);
  EXPECT_EQ(box.take().size(), 1U);
  EXPECT_TRUE(box.push({"a", payload}, no_time));
}

TEST(Inbox, WhoWaitsForRoomGetsIt) {
  publish_queue box(1);
  box.push({"a", "1"}, no_time);
  auto second = std::async(std::launch::async, [&] { return box.push({"b", "2"}, long_enough); });
  std::size_t taken = 0;
  while (taken < 2) taken += box.take().size();
  EXPECT_TRUE(second.get());
}

TEST(Inbox, ClosedItTakesNothingAndHoldsNobodyUp) {
  publish_queue box(1);
  box.push({"a", "1"}, no_time);
  auto second = std::async(std::launch::async, [&] { return box.push({"b", "2"}, long_enough); });
  box.close();
  EXPECT_FALSE(second.get());
  EXPECT_FALSE(box.push({"c", "3"}, no_time));
  EXPECT_TRUE(box.take().empty());
}

}  // namespace
}  // namespace ws_demo
