#include "events/json_text.hpp"

#include "events/topic.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <variant>

namespace ws_demo {
namespace {

TEST(JsonText, NumbersOfAnySizeAreNumbers) {
  for (const char* text :
       {"0", "-0", "1.5", "1e400", "-1E-400", "123456789012345678901234567890", "[1e999,0.1e+9]",
        R"({"a":1e400,"b":"1e400 \" 01"})", " \n7\t", "null", R"("\ud83d\ude42")"})
    EXPECT_EQ(json_error(text), std::nullopt) << text;
  EXPECT_EQ(json_error(std::string(5000, '9')), std::nullopt);
}

TEST(JsonText, WhatIsWrongIsSaidWithItsPlace) {
  for (const char* text :
       {"",   " ",   "01",  "-",    "1.",         ".5",      "1e",       "1e+",
        "+1", "0x1", "NaN", "[1,]", "{\"a\"}",    "'a'",     "\"\xff\"", "\"\n\"",
        "\"", "{",   "1 2", "nul",  R"("\ud83")", "// a\n1", "\"\\"})
    EXPECT_NE(json_error(text), std::nullopt) << text;
  const auto wrong = json_error("{\"a\":1e400,\n \"b\":x}").value_or("");
  EXPECT_NE(wrong.find("line 2, column 6"), std::string::npos) << wrong;
  EXPECT_EQ(json_error("\"\x1b[31m\n").value_or("").find('\x1b'), std::string::npos);
}

TEST(JsonText, HalfASurrogatePairMayBeEscaped) {  // RFC 8259 section 8.2
  for (const char* text :
       {R"("\ud83d")", R"("\uDE42")", R"({"\udbff":"cut \ud83d"})", R"("\ude42\ud83d")",
        R"("\ud83d\u0041")", R"("\\\ud83d")", R"("\\ud83d")", R"("\\uD")", R"("\ud83d\ude42")"})
    EXPECT_EQ(json_error(text), std::nullopt) << text;
  for (const char* text : {R"("\ud83")", R"("\ud")", R"("\u")", R"("\ud83d)", R"("\udxyz")",
                           R"(\ud83d)", R"("\ud83d\u")", "\"\xed\xa0\xbd\"",
                           "\"\xed\xa0\xbd\xed\xb9\x82\"", R"("\ud83d" x)", "\\u", "\\ud", "x\\u"})
    EXPECT_NE(json_error(text), std::nullopt) << text;
}

TEST(JsonText, APayloadWithHalfASurrogatePairIsPassedOn) {
  const auto result = parse_published_line(R"({"topic":"t","payload":{"\udbff":"cut \ud83d"}})");
  ASSERT_TRUE(std::holds_alternative<published_line>(result)) << std::get<std::string>(result);
  EXPECT_EQ(std::get<published_line>(result).payload, R"({"\udbff":"cut \ud83d"})");
}

TEST(JsonText, ATopicWithHalfASurrogatePairIsNone) {
  const auto result = parse_published_line(R"({"topic":"\ud83d","payload":1})");
  ASSERT_TRUE(std::holds_alternative<published_line>(result)) << std::get<std::string>(result);
  EXPECT_FALSE(is_topic(std::get<published_line>(result).topic));
}

TEST(JsonText, DeepNestingIsNoRecursion) {
  EXPECT_NE(json_error(std::string(100'000, '[')), std::nullopt);
}

TEST(JsonText, ALineIsTopicAndPayload) {
  for (const char* line : {R"({"topic":"a/b","payload":{"x":[1e400,"}"]}})",
                           R"( { "payload" : {"x":[1e400,"}"]} , "topic" : "a\/b" } )"}) {
    const auto result = parse_published_line(line);
    ASSERT_TRUE(std::holds_alternative<published_line>(result)) << std::get<std::string>(result);
    EXPECT_EQ(std::get<published_line>(result).topic, "a/b");
    EXPECT_EQ(std::get<published_line>(result).payload, R"({"x":[1e400,"}"]})");
  }
  const auto result = parse_published_line(R"({"payload":"a,b:c","topic":"t"})");
  EXPECT_EQ(std::get<published_line>(result).payload, R"("a,b:c")");
}

TEST(JsonText, AnyOtherLineIsRefused) {
  for (const char* line :
       {"", "{}", "{ }", "[]", "1", "null", R"({"topic":"a"})", R"({"payload":1})",
        R"({"topic":1,"payload":1})", R"({"topic":"a","payload":1,"x":2})",
        R"({"topic":"a","topic":"b","payload":1})", R"({"topic":"a","payload":1,"payload":2})",
        R"({"topic":"a","payload":1}x)", R"({"topic":"a" "payload":1})"})
    EXPECT_TRUE(std::holds_alternative<std::string>(parse_published_line(line))) << line;
}

TEST(JsonText, ANulIsNoEnd) {
  using namespace std::string_view_literals;
  for (const auto text : {"1\0"sv, "\0"sv, "1\0 2"sv, "\"\0\""sv, "[1,\0]"sv, "\0001"sv}) {
    EXPECT_TRUE(json_error(text));
    const auto line = R"({"topic":"a","payload":0})" + std::string(text);
    EXPECT_TRUE(std::holds_alternative<std::string>(parse_published_line(line)));
  }
}

TEST(JsonText, WhatIsNearlyANumberIsNone) {
  for (const auto* text : {"[1.-2]", "1e+-5", "1e--5", "1-2", "10-2", "1.", "-", "--1", "01",
                           "1.5.5", "1e5e5", "1 2", "+1", ".5", "\xef\xbb\xbf{}"})
    EXPECT_TRUE(json_error(text)) << text;
  for (const auto* text : {"[1,-2]", "-0.5e-7", "1E+5", "[0,1.5e400]", "true", "[true,false,null]"})
    EXPECT_FALSE(json_error(text)) << text;
}

TEST(JsonText, ALongNumberIsReadOnce) {  // or this would take minutes
  EXPECT_TRUE(json_error(std::string(1'000'000, '1') + '.'));
}

TEST(JsonText, DepthIsNoTrouble) {
  constexpr std::size_t depth = 1'000'000;
  EXPECT_FALSE(json_error(std::string(depth, '[') + std::string(depth, ']')));
  EXPECT_TRUE(json_error(std::string(depth, '[')));
}

}  // namespace
}  // namespace ws_demo
