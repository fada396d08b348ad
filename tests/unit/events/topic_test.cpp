#include "events/topic.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ws_demo {
namespace {

TEST(Topic, LettersDigitsAndFourMarks) {
  for (const char* name : {"a", "prices", "a.b-c_d/e", "0", ".", "..", "A/B"})
    EXPECT_TRUE(is_topic(name)) << name;
  for (const char* name : {"", "$lost", "a b", "a*", "*", "a.*", "a+b", "\xc3\xbc", "a\n"})
    EXPECT_FALSE(is_topic(name)) << name;
  EXPECT_TRUE(is_topic(std::string(128, 'a')));
  EXPECT_FALSE(is_topic(std::string(129, 'a')));
}

TEST(Topic, APatternIsATopicOrAllBelowOneOrAll) {
  for (const char* pattern : {"a", "*", "a.*", "a.b.*", "..*"})
    EXPECT_TRUE(is_pattern(pattern)) << pattern;
  for (const char* pattern : {"", ".*", "a*", "**", "*.a", "a.*.b", "$lost", "$.*"})
    EXPECT_FALSE(is_pattern(pattern)) << pattern;
}

TEST(Topic, Matches) {
  EXPECT_TRUE(matches("a", "a"));
  EXPECT_FALSE(matches("a", "a.b"));
  EXPECT_TRUE(matches("*", "a.b"));
  EXPECT_TRUE(matches("a.*", "a.b"));
  EXPECT_TRUE(matches("a.*", "a.b.c"));
  EXPECT_FALSE(matches("a.*", "a"));
  EXPECT_FALSE(matches("a.*", "a."));
  EXPECT_FALSE(matches("a.*", "ab.c"));
}

TEST(Topic, ThePatternsThatIncludeIt) {
  using patterns = std::vector<std::string>;
  EXPECT_EQ(prefix_patterns_of("a"), patterns{});
  EXPECT_EQ(prefix_patterns_of("a."), patterns{});
  EXPECT_EQ(prefix_patterns_of("a.b.c"), (patterns{"a.*", "a.b.*"}));
  EXPECT_EQ(prefix_patterns_of("a..b"), (patterns{"a.*", "a..*"}));
  for (const auto* topic : {"a.b.c", "..a", ".a.b", "a..", "..."})
    for (const auto& pattern : prefix_patterns_of(topic))
      EXPECT_TRUE(is_pattern(pattern) && is_prefix_pattern(pattern) && matches(pattern, topic))
          << pattern;
  EXPECT_FALSE(is_prefix_pattern("*"));
}

}  // namespace
}  // namespace ws_demo
