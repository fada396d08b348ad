#include "events/subscription.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace ws_demo {
namespace {

using ::testing::ElementsAre;

subscription wanted(std::string_view target) {
  auto result = parse_subscription(target, 3);
  if (const auto* wrong = std::get_if<std::string>(&result)) {
    ADD_FAILURE() << *wrong;
    return {};
  }
  return std::get<subscription>(result);
}

std::string refused(std::string_view target) {
  auto result = parse_subscription(target, 3);
  auto* wrong = std::get_if<std::string>(&result);
  return wrong ? *wrong : "";
}

TEST(Subscription, WithoutATopicItIsRandom) {
  for (const char* target : {"/", "/ws", "/?", "/?other=1", "/?&&", "/?topics=a"}) {
    EXPECT_THAT(wanted(target).patterns, ElementsAre("random")) << target;
    EXPECT_TRUE(wanted(target).random);
  }
}

TEST(Subscription, TopicsAreDecodedAndTakenOnce) {
  const auto s = wanted("/ws?topic=a%2Eb&topic=c.*&x&topic=a.b&topic=%2a");
  EXPECT_THAT(s.patterns, ElementsAre("a.b", "c.*", "*"));
  EXPECT_FALSE(s.random);
  EXPECT_TRUE(wanted("/?topic=a&topic=random").random);
}

TEST(Subscription, ManyTopicsAreNoTrouble) {  // or each would be compared with all others
  constexpr std::size_t count = 100'000;
  std::string target = "/?";
  for (std::size_t i = 0; i < count; ++i) target += "topic=" + std::to_string(i) + "&";
  const auto result = parse_subscription(target, count);
  EXPECT_EQ(std::get<subscription>(result).patterns.size(), count);
}

TEST(Subscription, WhatToReplay) {
  EXPECT_EQ(wanted("/?topic=a&since=0a1b:17").since, (event_id{"0a1b", 17}));
  EXPECT_EQ(wanted("/?topic=a&since=0a1b%3A17").since, (event_id{"0a1b", 17}));
  EXPECT_EQ(wanted("/?last=20").last, 20U);
}

TEST(Subscription, WhatIsWrongIsSaid) {
  EXPECT_NE(refused("/?topic=").find("''"), std::string::npos);
  EXPECT_NE(refused("/?topic=$lost").find("$lost"), std::string::npos);
  EXPECT_EQ(refused("/?topic=%0a").find('\n'), std::string::npos);
  EXPECT_NE(refused("/?topic=a&topic=b&topic=c&topic=d").find('3'), std::string::npos);
  for (const char* target :
       {"/?topic", "/?topic=%4", "/?topic=%", "/?since=x", "/?since=:1",
        "/?since=a:", "/?since=a:-1", "/?since=a:1x", "/?since=a:18446744073709551616",
        "/?last=", "/?last=x", "/?since=a:1&last=2"})
    EXPECT_NE(refused(target), "") << target;
}

}  // namespace
}  // namespace ws_demo
