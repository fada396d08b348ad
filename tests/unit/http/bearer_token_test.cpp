#include "http/bearer_token.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ws_demo {
namespace {

TEST(BearerToken, IsPrintableAscii) {
  for (const char* token : {"x", "dGhl+/~-._==", "correct horse battery staple", "\"'\\,;!"})
    EXPECT_TRUE(is_bearer_token(token)) << token;
  for (const char* text : {"", " ", " x", "x ", "x\n", "a\tb", "\x7f", "\xc3\xa9"})
    EXPECT_FALSE(is_bearer_token(text)) << text;
  EXPECT_TRUE(is_bearer_token(std::string(max_bearer_token_bytes, 'x')));
  EXPECT_FALSE(is_bearer_token(std::string(max_bearer_token_bytes + 1, 'x')));
}

TEST(BearerToken, ComesAfterTheSchemeAndAnySpaces) {
  for (const char* field : {"Bearer secret", "bearer secret", "BEARER   secret"})
    EXPECT_TRUE(has_bearer_token(field, "secret")) << field;
  EXPECT_TRUE(has_bearer_token("Bearer  correct horse", "correct horse"));
}

TEST(BearerToken, IsComparedWhole) {
  for (const char* field : {"", "Bearer", "Bearer ", "Bearersecret", "Bearer\tsecret",
                            "Bearer secre", "Bearer secrets", "Basic secret", "secret"})
    EXPECT_FALSE(has_bearer_token(field, "secret")) << field;
  EXPECT_FALSE(has_bearer_token("Bearer correct", "correct horse"));
}

}  // namespace
}  // namespace ws_demo
