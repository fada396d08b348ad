#include "events/topic_set.hpp"

#include "events/topic.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace ws_demo {
namespace {

using topics = std::vector<std::string>;

TEST(TopicSet, HasTopicsAndWhatPatternsInclude) {
  const topics all{"news", "prices.*"};
  const topic_set set(all);
  for (const char* topic : {"news", "prices.eur", "prices.eur.spot", "prices.*", "prices.eur.*"})
    EXPECT_TRUE(set.includes(topic)) << topic;
  for (const char* topic :
       {"news.eu", "new", "prices", "prices.", "*", "pricesx.eur", "news.*", ""})
    EXPECT_FALSE(set.includes(topic)) << topic;
}

TEST(TopicSet, MayHaveNoneOrAll) {
  const topics none;
  EXPECT_FALSE(topic_set(none).includes("news"));
  const topics star{"*"};
  for (const char* topic : {"news", "prices.*", "*"}) EXPECT_TRUE(topic_set(star).includes(topic));
}

/// Of few characters, so that much matches.
std::string random_topic(std::mt19937& random) {
  std::string text;
  const auto size = 1 + random() % 6;
  while (text.size() < size) text += "ab.."[random() % 4];
  return random() % 3 == 0 ? text + ".*" : text;
}

TEST(TopicSet, IncludesWhatOneOfThemMatches) {
  std::mt19937 random{4711};  // NOLINT(cert-msc51-cpp): the same each time
  for (int times = 0; times < 2000; ++times) {
    topics all;
    for (auto count = random() % 5; count > 0; --count) all.push_back(random_topic(random));
    const topic_set set(all);
    const auto topic = random_topic(random);
    const bool expected =
        std::ranges::any_of(all, [&](const auto& pattern) { return matches(pattern, topic); });
    ASSERT_EQ(set.includes(topic), expected) << topic << " " << ::testing::PrintToString(all);
  }
}

}  // namespace
}  // namespace ws_demo
