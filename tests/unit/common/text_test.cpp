#include "common/text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace ws_demo {
namespace {

TEST(Printable, LeavesPlainTextAlone) {
  EXPECT_EQ(printable("/ws?a=b c~"), "/ws?a=b c~");
}

TEST(Printable, CannotForgeALineOrAField) {
  EXPECT_EQ(printable("a\r\nb\t\"\\\x1b[31m\x7f\xff"), R"(a\x0d\x0ab\x09\x22\x5c\x1b[31m\x7f\xff)");
}

TEST(Printable, CutsWhatIsTooLong) {
  EXPECT_EQ(printable("abcdef", 6), "abcdef");
  EXPECT_EQ(printable("abcdefg", 6), "abcdef...");
}

/// Memory of exactly its size, so that a sanitizer sees a read past the end.
std::vector<char> exactly(std::string_view text) {
  return {text.begin(), text.end()};
}

TEST(EqualIgnoringCase, ComparesAsciiLettersInUpperAndLowerCase) {
  const auto equal = [](std::string_view a, std::string_view b) {
    const auto left = exactly(a);
    const auto right = exactly(b);
    return equal_ignoring_case({left.data(), left.size()}, {right.data(), right.size()});
  };
  EXPECT_TRUE(equal("", ""));
  EXPECT_TRUE(equal("htTp://", "http://"));
  EXPECT_TRUE(equal("AZ", "az"));
  EXPECT_FALSE(equal("htTp:/x", "http://"));
  EXPECT_FALSE(equal("a", "ab"));
  EXPECT_FALSE(equal("@[`{", "`{@["));
}

TEST(TakeItem, TakesOneAfterTheOtherWithoutWhiteSpace) {
  std::string_view list = " foo/1 ,,\tWebSocket; q=1";
  EXPECT_EQ(take_item(list, ','), "foo/1");
  EXPECT_EQ(take_item(list, ','), "");
  EXPECT_EQ(take_item(list, ';'), "WebSocket");
  EXPECT_EQ(take_item(list, ';'), "q=1");
  EXPECT_TRUE(list.empty());
}

TEST(EndsWithinCharacter, OnlyWhereACharacterIsCut) {
  for (const char* whole : {"", "a", "\xc3\xbc", "\xe4\xb8\x96", "\xf0\x9f\x99\x82", "\xc3\xbc z"})
    EXPECT_FALSE(ends_within_character(whole)) << whole;
  for (const char* cut : {"\xc3", "a\xe4", "\xe4\xb8", "\xf0", "\xf0\x9f", "ab\xf0\x9f\x99"})
    EXPECT_TRUE(ends_within_character(cut)) << cut;
}

TEST(PercentDecoded, TakesTwoDigitsForAByte) {
  EXPECT_EQ(percent_decoded(""), "");
  EXPECT_EQ(percent_decoded("a%2Eb%2f%00%Ff"), std::string("a.b/\0\xff", 6));
  EXPECT_EQ(percent_decoded("%2525"), "%25");
}

TEST(PercentDecoded, WithoutTwoDigitsItIsNotWellFormed) {
  for (const char* text :
       {"%", "a%", "%4", "a%4", "%%", "%g0", "%0g", "%-1", "%+1", "% 1", "%x1"}) {
    // Memory that ends where the text does, so that the sanitizers see a read past it.
    const std::vector<char> exact(text, text + std::string_view(text).size());
    EXPECT_EQ(percent_decoded({exact.data(), exact.size()}), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace ws_demo
