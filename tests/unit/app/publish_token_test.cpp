#include "app/publish_token.hpp"

#include "scratch_file.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace ws_demo {
namespace {

std::optional<std::string> read_from(const std::string& content) {
  const testing::scratch_file file("publish_token_test");
  std::ofstream(file.path(), std::ios::binary) << content;
  return read_token_file(file.path());
}

TEST(PublishToken, WhatIsAroundItIsNoPartOfIt) {
  for (const char* text :
       {"secret", "secret\n", "secret\r\n", " \t\nsecret \n\n", "\xef\xbb\xbfsecret\r\n"}) {
    EXPECT_EQ(parse_token(text), "secret") << text;
    EXPECT_EQ(read_from(text), "secret") << text;
  }
  EXPECT_EQ(parse_token("correct horse battery staple\n"), "correct horse battery staple");
}

TEST(PublishToken, WhatNoClientCanSendIsNone) {
  const std::string longest(2048, 'x');
  EXPECT_EQ(read_from(longest + "\n"), longest);
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string("\xef\xbb\xbf"), std::string("two\nlines"),
        std::string("s\xc3\xa9same"), std::string("a\0b", 3), std::string("s\0e\0", 4),
        longest + 'x', "x" + std::string(10'000, '\n')}) {
    EXPECT_EQ(read_from(text), std::nullopt) << text;
  }
}

TEST(PublishToken, WhatCannotBeReadOrHasNoEndIsNone) {
  for (const char* path : {"/nonexistent", "/", "/dev/zero", "/dev/null", ""})
    EXPECT_EQ(read_token_file(path), std::nullopt) << path;
}

}  // namespace
}  // namespace ws_demo
