#include "common/base64url.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ws_demo {
namespace {

using namespace std::string_literals;

constexpr std::string_view base64url_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

bool is_base64url(std::string_view text) {
  return base64url_decoded(text).has_value();
}

std::string every_byte() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  return bytes;
}

TEST(Base64Url, HasTheVectorsOfItsRfc) {  // RFC 4648 section 10, without the padding
  const std::vector<std::pair<std::string, std::string>> vectors{
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(base64url(bytes), text);
    EXPECT_EQ(base64url_decoded(text), bytes);
  }
}

TEST(Base64Url, HasTheVectorOfJws) {  // RFC 7515 appendix C
  EXPECT_EQ(base64url("\x03\xec\xff\xe0\xc1"), "A-z_4ME");
  EXPECT_EQ(base64url_decoded("A-z_4ME"), "\x03\xec\xff\xe0\xc1");
}

TEST(Base64Url, AnyBytesOfAnyLengthComeBack) {
  const auto bytes = every_byte();
  for (std::size_t begin = 0; begin < bytes.size(); ++begin)
    for (const std::size_t size : {0U, 1U, 2U, 3U, 4U, 5U, 63U, 64U, 65U, 256U}) {
      const auto some = bytes.substr(begin, size);
      const auto text = base64url(some);
      EXPECT_EQ(text.size(), (some.size() * 4 + 2) / 3);
      EXPECT_EQ(text.find_first_not_of(base64url_digits), std::string::npos) << text;
      EXPECT_EQ(base64url_decoded(text), some);
    }
}

TEST(Base64Url, PaddingIsRefused) {
  for (const char* text : {"Zg==", "Zg=", "Zm8=", "=",
                           "==", "====", "Zm9v=", "Zm9v==", "Zm9v====", "Zg==Zg", "Z=g", "=Zg"})
    EXPECT_FALSE(is_base64url(text)) << text;
}

TEST(Base64Url, OtherCharactersAreRefusedAtAnyPlace) {
  for (const char other : every_byte()) {
    if (base64url_digits.find(other) != std::string_view::npos) continue;
    for (std::size_t place = 0; place < 8; ++place) {
      auto text = "AAAAAAAA"s;
      text[place] = other;
      EXPECT_FALSE(is_base64url(text)) << static_cast<int>(other) << " at " << place;
      text.insert(place, 1, 'A');
      EXPECT_FALSE(is_base64url(text)) << static_cast<int>(other) << " at " << place;
    }
    EXPECT_FALSE(is_base64url(std::string(1, other))) << static_cast<int>(other);
  }
}

TEST(Base64Url, ItIsNotBase64) {
  for (const char* text : {"+/+/", "A+z/4ME", "Zm9v\n", "Zm9v\r\n", "Zm9v ", " Zm9v", "Zm 9v",
                           "Zm9v\nYmFy", "\tZm9v", "Zm9v.", "%5A"})
    EXPECT_FALSE(is_base64url(text)) << text;
  EXPECT_FALSE(is_base64url("Zm9v\0"s));
  EXPECT_FALSE(is_base64url("\0Zm9v"s));
  EXPECT_FALSE(is_base64url("\xc3\xa9Zg"));
}

TEST(Base64Url, OneCharacterIsNoByte) {
  for (const std::size_t size : {1U, 5U, 9U, 4097U})
    EXPECT_FALSE(is_base64url(std::string(size, 'A'))) << size;
}

// So that what is signed has one form only.
TEST(Base64Url, NoTwoTextsAreTheSameBytes) {
  int of_two = 0;
  int of_three = 0;
  std::string text(3, 'A');
  for (const char first : base64url_digits)
    for (const char second : base64url_digits) {
      text[0] = first;
      text[1] = second;
      of_two += is_base64url(text.substr(0, 2));
      for (const char third : base64url_digits) {
        text[2] = third;
        const auto bytes = base64url_decoded(text);
        if (!bytes) continue;
        ++of_three;
        ASSERT_EQ(base64url(*bytes), text);
      }
    }
  EXPECT_EQ(of_two, 256);
  EXPECT_EQ(of_three, 256 * 256);
  for (const char* with_bits_left : {"Zh", "Zo", "Zn", "Z_", "Zm9", "Zm_", "Zm9vYh", "Zm9vYmF"})
    EXPECT_FALSE(is_base64url(with_bits_left)) << with_bits_left;
}

}  // namespace
}  // namespace ws_demo
