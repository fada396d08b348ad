#include "http/token/json_object.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ws_demo {
namespace {

using namespace std::string_literals;

constexpr std::size_t enough = 2000;

bool is_strict_object(std::string_view text) {
  return parse_json_object(text, enough).has_value();
}

nlohmann::json parsed_object(std::string_view text) {
  return parse_json_object(text, enough).value_or(nlohmann::json());
}

/// An object that is nested so deep, of arrays but for itself.
std::string arrays_nested(std::size_t depth) {
  return R"({"a":)" + std::string(depth - 1, '[') + "1" + std::string(depth - 1, ']') + "}";
}

/// The same, of objects.
std::string objects_nested(std::size_t depth) {
  std::string text;
  for (std::size_t i = 1; i < depth; ++i) text += R"({"a":)";
  return text += "{}" + std::string(depth - 1, '}');
}

TEST(JsonObject, IsParsed) {
  const auto object = parsed_object(" \r\n{\"a\" : [1, \"\\u00e9\"],\t\"b\":{}} \n");
  EXPECT_EQ(object, nlohmann::json({{"a", {1, "\xc3\xa9"}}, {"b", nlohmann::json::object()}}));
  EXPECT_TRUE(is_strict_object("{}"));
}

TEST(JsonObject, OtherValuesAreNone) {
  for (const char* text : {"", " ", "[]", "[{}]", "null", "true", "1", R"("{}")", R"([[{"a":1}]])"})
    EXPECT_FALSE(is_strict_object(text)) << text;
}

TEST(JsonObject, OtherTextAroundItIsRefused) {
  for (const char* text : {"{}{}", "{} {}", "{},", "{}]", "{}}", "{} x", "x{}", "{};", "{}\n\v",
                           "\v{}", "{}//", "{}/**/", "/**/{}", "{}\x1a", "{}\xef\xbb\xbf"})
    EXPECT_FALSE(is_strict_object(text)) << text;
}

TEST(JsonObject, WhatIsNotJsonIsRefused) {
  for (const char* text : {"{",
                           R"({"a"})",
                           R"({"a":})",
                           R"({"a":1,})",
                           "{,}",
                           "{a:1}",
                           "{'a':1}",
                           R"({"a":01})",
                           R"({"a":+1})",
                           R"({"a":.5})",
                           R"({"a":1.})",
                           R"({"a":0x1})",
                           R"({"a":NaN})",
                           R"({"a":Infinity})",
                           R"({"a":nul})",
                           "{\"a\":\"\n\"}",
                           R"({"a":"\x41"})",
                           R"({"a":"\u00g0"})",
                           R"({"a":")",
                           R"({"a":[1})",
                           R"({"a":[1}])",
                           "{1:1}",
                           R"({"a":1 "b":2})",
                           R"({"a"=1})",
                           "{null:1}"})
    EXPECT_FALSE(is_strict_object(text)) << text;
}

TEST(JsonObject, ANumberThatNoDoubleHoldsIsRefused) {
  EXPECT_FALSE(is_strict_object(R"({"a":1e400})"));
  EXPECT_FALSE(is_strict_object(R"({"a":-1e400})"));
  EXPECT_TRUE(is_strict_object(R"({"a":1e300})"));
  EXPECT_TRUE(is_strict_object(R"({"a":123456789012345678901234567890})"));
}

TEST(JsonObject, AMemberThatIsThereTwiceIsRefused) {
  for (const char* text :
       {R"({"a":1,"a":2})", R"({"a":1,"a":1})", R"({"a":1,"b":2,"a":3})", R"({"":1,"":2})",
        R"({"a":{},"a":{}})", R"({"a":null,"a":null})", R"({"a":1,"b":{"c":[{"a":2}]},"a":3})"})
    EXPECT_FALSE(is_strict_object(text)) << text;
}

TEST(JsonObject, AMemberThatIsThereTwiceIsRefusedAtAnyDepth) {
  for (const char* text :
       {R"({"x":{"a":1,"a":2}})", R"({"x":[{"a":1,"a":2}]})", R"({"x":[1,[{"b":{"a":1,"a":2}}]]})",
        R"({"x":{"a":1},"y":{"b":1,"b":2}})", R"({"x":[{"a":1},{"a":1},{"a":1,"a":1}]})",
        R"({"a":{"b":{"c":{"d":{"e":{"f":{"g":1,"g":1}}}}}}})",
        R"({"x":{"a":1,"y":{"a":1},"a":2}})", R"({"x":{"a":{"a":{}},"a":1}})"})
    EXPECT_FALSE(is_strict_object(text)) << text;
}

TEST(JsonObject, AMemberThatIsThereTwiceIsRefusedHoweverItIsWritten) {
  for (const char* text :
       {R"({"a":1,"\u0061":2})", R"({"\u0061":1,"a":2})", R"({"\u0061":1,"\u0061":2})",
        R"({"exp":1,"e\u0078p":2})", R"({"/":1,"\/":2})", R"({"\n":1,"\u000a":2})",
        R"({"\u000A":1,"\u000a":2})", R"({"\u0000":1,"\u0000":2})",
        "{\"\xc3\xa9\":1,\"\\u00e9\":2}", "{\"\xf0\x9f\x98\x80\":1,\"\\ud83d\\ude00\":2}"})
    EXPECT_FALSE(is_strict_object(text)) << text;
}

TEST(JsonObject, MembersOfDifferentObjectsMayHaveOneName) {
  for (const char* text :
       {R"({"a":{"a":{"a":1}}})", R"({"x":{"a":1},"y":{"a":2}})", R"({"x":[{"a":1},{"a":2}]})",
        R"({"a":1,"x":[{"a":[{"a":1}]}]})", R"({"a":"a","b":"a"})", R"({"x":["a","a"]})",
        R"({"a":1,"A":2})", R"({"a":1,"a ":2})", R"({"a":1,"a\u0000":2})",
        "{\"\xc3\xa9\":1,\"e\xcc\x81\":2}"})
    EXPECT_TRUE(is_strict_object(text)) << text;
}

TEST(JsonObject, MayBeNestedEightDeep) {
  for (std::size_t depth = 1; depth < 20; ++depth) {
    EXPECT_EQ(is_strict_object(arrays_nested(depth)), depth <= 8) << depth;
    EXPECT_EQ(is_strict_object(objects_nested(depth)), depth <= 8) << depth;
  }
  EXPECT_TRUE(
      is_strict_object(R"({"a":[[[[[[{}]]]]]],"b":{"c":[[[[[[]]]]]]},"d":[[[[[[[]]]]]]]})"));
  EXPECT_FALSE(is_strict_object(R"({"a":{},"b":[{"c":[[[[{"d":[]}]]]]}]})" + arrays_nested(9)));
}

TEST(JsonObject, WhatIsLessDeepAgainDoesNotHideWhatWasTooDeep) {
  EXPECT_FALSE(is_strict_object(R"({"a":[[[[[[[[]]]]]]]],"b":1})"));
  EXPECT_FALSE(is_strict_object(R"({"a":{"b":1,"b":1},"c":{"d":1}})"));
}

TEST(JsonObject, DeepNestingIsNoRecursion) {
  EXPECT_FALSE(is_strict_object(arrays_nested(100'000)));
  EXPECT_FALSE(is_strict_object(objects_nested(100'000)));
  EXPECT_FALSE(is_strict_object(std::string(100'000, '{')));
  EXPECT_FALSE(is_strict_object(R"({"a":)" + std::string(100'000, '[')));
}

TEST(JsonObject, ManyAreNotDeep) {
  std::string text = R"({"a":[{})";
  for (int i = 0; i < 1000; ++i) text += R"(,{},[])";
  EXPECT_TRUE(is_strict_object(text += "]}"));
}

/// The parser looks through all that is beside each.
TEST(JsonObject, TooManyAreRefused) {
  EXPECT_TRUE(parse_json_object(R"({"a":[{},{}]})", 3));
  EXPECT_FALSE(parse_json_object(R"({"a":[{},{}]})", 2));
}

TEST(JsonObject, NulIsNotItsEnd) {
  for (const auto& text : {"{}\0"s, "{}\0x"s, "\0{}"s, "{\0}"s, "{\"a\0\":1}"s, "{\"a\":\"\0\"}"s,
                           "{\"a\":1\0}"s, "{\"a\":1}\0,\"a\":2}"s})
    EXPECT_FALSE(is_strict_object(text)) << text;
  const auto object = parsed_object(R"({"a\u0000b":"c\u0000d"})");
  EXPECT_EQ(object, nlohmann::json({{"a\0b"s, "c\0d"s}}));
}

TEST(JsonObject, AByteOrderMarkIsRefused) {  // RFC 8259 section 8.1
  EXPECT_FALSE(is_strict_object("\xef\xbb\xbf{}"));
  EXPECT_FALSE(is_strict_object(" \xef\xbb\xbf{}"));
  EXPECT_FALSE(is_strict_object("\xff\xfe{\0}\0"s));
  EXPECT_FALSE(is_strict_object("{\0}\0"s));
  EXPECT_TRUE(is_strict_object("{\"\xef\xbb\xbf\":1}"));
}

TEST(JsonObject, WhatIsNotUtf8IsRefused) {  // RFC 3629
  for (const char* bytes :
       {"\xff", "\x80", "\xc0\xaf", "\xc1\x81", "\xe0\x80\xaf", "\xed\xa0\x80", "\xed\xbf\xbf",
        "\xf0\x80\x80\xaf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc3", "\xe2\x82", "\xc3("}) {
    EXPECT_FALSE(is_strict_object(fmt::format(R"({{"a":"{}"}})", bytes))) << bytes;
    EXPECT_FALSE(is_strict_object(fmt::format(R"({{"{}":1}})", bytes))) << bytes;
    EXPECT_FALSE(is_strict_object(fmt::format("{{}}{}", bytes))) << bytes;
  }
}

TEST(JsonObject, HalfASurrogatePairIsNoCharacter) {
  for (const char* text : {R"({"a":"\ud83d"})", R"({"a":"\ude00"})", R"({"\ud83d":1})",
                           R"({"a":"\ude00\ud83d"})", R"({"a":"\ud83dA"})"})
    EXPECT_FALSE(is_strict_object(text)) << text;
}

TEST(JsonObject, AMemberIsAStringOrNone) {
  const auto object = parsed_object(R"({"a":"b","c":"","d":1,"e":null,"f":["g"]})");
  const auto* const a = string_member(object, "a");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(*a, "b");
  const auto* const c = string_member(object, "c");
  ASSERT_NE(c, nullptr);
  EXPECT_EQ(*c, "");
  for (const char* name : {"d", "e", "f", "g", "", "A", "b"})
    EXPECT_EQ(string_member(object, name), nullptr) << name;
}

TEST(JsonObject, AMemberIsAnArrayOfStringsOrNone) {
  const auto object = parsed_object(
      R"({"a":["b","","b"],"c":[],"d":"b","e":[1],"f":["b",null],"g":{"0":"b"},"h":[["b"]]})");
  EXPECT_EQ(strings_member(object, "a"), (std::vector<std::string>{"b", "", "b"}));
  EXPECT_EQ(strings_member(object, "c"), std::vector<std::string>());
  for (const char* name : {"d", "e", "f", "g", "h", "i", ""})
    EXPECT_EQ(strings_member(object, name), std::nullopt) << name;
}

}  // namespace
}  // namespace ws_demo
