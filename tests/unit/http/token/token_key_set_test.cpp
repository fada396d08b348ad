#include "test_tokens.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ws_demo {
namespace {

using testing::eddsa_jwk;
using ::testing::ElementsAre;
using testing::es256_jwk;
using testing::hs256_jwk;
using testing::hs256_secret;
using ::testing::IsEmpty;
using testing::key_set_of;
using testing::key_set_text;
using testing::rs256_jwk;
using testing::sample_keys;

/// What is said about a key set: why it is refused, or "" and what it does not use.
struct key_set_words {
  std::string refused;
  std::vector<std::string> unused;
};

key_set_words words_about(std::string_view text) {
  key_set_words words;
  const auto parsed = token_key_set::parse(text, words.unused);
  if (const auto* const why = std::get_if<std::string>(&parsed)) words.refused = *why;
  return words;
}

std::string without_id(std::string_view jwk) {
  std::string text(jwk);
  const auto begin = text.find(R"("kid")");
  return text.erase(begin, text.find(',', begin) + 1 - begin);
}

/// A secret with this id, which is put into the JSON as it is.
std::string secret_called(std::string_view id) {
  return fmt::format(R"({{"kty":"oct","kid":"{}","k":"{}"}})", id, base64url(hs256_secret));
}

TEST(TokenKeySet, FindsItsKeysById) {
  const auto& keys = sample_keys();
  EXPECT_EQ(keys.size(), 4U);
  for (const char* id : {"hs", "rs", "es", "ed"}) {
    const auto* const key = keys.find(id);
    ASSERT_NE(key, nullptr) << id;
    EXPECT_EQ(key->id(), id);
  }
  for (const char* id : {"", "h", "hs ", "HS", "none"}) EXPECT_EQ(keys.find(id), nullptr) << id;
  EXPECT_EQ(keys.find(std::string_view("hs\0", 3)), nullptr);
}

TEST(TokenKeySet, FindsTheOneWithoutId) {
  const auto alone = without_id(es256_jwk);
  const auto keys = key_set_of({hs256_jwk, alone});
  const auto* const key = keys.find("");
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(key->algorithm(), token_algorithm::es256);
}

TEST(TokenKeySet, TwoWithoutIdAreRefused) {
  const auto first = without_id(es256_jwk);
  const auto second = without_id(hs256_jwk);
  EXPECT_EQ(words_about(key_set_text({first, second})).refused, "two keys have no kid");
}

TEST(TokenKeySet, TwoOfOneIdAreRefused) {
  const auto same = secret_called("es");
  EXPECT_EQ(words_about(key_set_text({es256_jwk, rs256_jwk, same})).refused,
            "key 'es': it is there twice");
  EXPECT_EQ(words_about(key_set_text({hs256_jwk, hs256_jwk})).refused,
            "key 'hs': it is there twice");
  const auto escaped = secret_called(R"(\u0065s)");
  EXPECT_EQ(words_about(key_set_text({es256_jwk, escaped})).refused, "key 'es': it is there twice");
}

TEST(TokenKeySet, IsAnObjectWithKeys) {
  for (const std::string_view text :
       {"", "{}", "[]", "null", R"({"keys":{}})", R"({"keys":null})", R"({"Keys":[]})", "{",
        R"({"keys":[]}x)", R"({"keys":[],"keys":[]})", "\xef\xbb\xbf{\"keys\":[]}"})
    EXPECT_EQ(words_about(text).refused, R"(it is not a JWK Set: {"keys":[...]})") << text;
  EXPECT_NE(words_about(hs256_jwk).refused, "");
}

TEST(TokenKeySet, MayHaveOtherMembersAndWhiteSpaceAroundIt) {
  const auto text = fmt::format("\n {{\"x\":[1],\n\"keys\" : [ {} ] }}\r\n", hs256_jwk);
  EXPECT_EQ(words_about(text).refused, "");
}

TEST(TokenKeySet, HasAKey) {
  const auto* const none = "it has no key for HS256, RS256, ES256 or EdDSA";
  EXPECT_EQ(words_about(R"({"keys":[]})").refused, none);
  const auto words = words_about(R"({"keys":[{"kty":"new","kid":"a"},{"kty":"oct","use":"enc"}]})");
  EXPECT_EQ(words.refused, none);
  EXPECT_THAT(words.unused,
              ElementsAre("key 'a': its type or curve is not one of HS256, RS256, ES256 and EdDSA "
                          "(Ed25519)",
                          "key 2: its use is not sig"));
}

TEST(TokenKeySet, KeysThatAreNotUsedAreNoHindrance) {  // RFC 7517 section 5
  const auto text = key_set_text({R"({"kty":"new"})", hs256_jwk, R"({"kty":"EC","kid":"hs"})",
                                  R"({"kty":"oct","kid":"hs","alg":"HS512"})", eddsa_jwk});
  std::vector<std::string> unused;
  const auto parsed = token_key_set::parse(text, unused);
  ASSERT_TRUE(std::holds_alternative<token_key_set>(parsed)) << std::get<std::string>(parsed);
  EXPECT_EQ(std::get<token_key_set>(parsed).size(), 2U);
  EXPECT_EQ(unused.size(), 3U);
  EXPECT_NE(std::get<token_key_set>(parsed).find("hs"), nullptr);
}

TEST(TokenKeySet, AKeyThatIsInvalidIsNamed) {
  EXPECT_EQ(words_about(key_set_text({hs256_jwk, "7"})).refused, "key 2: it is not an object");
  EXPECT_EQ(words_about(key_set_text({hs256_jwk, R"({"kty":"oct","kid":"a","k":"YQ"})"})).refused,
            "key 'a': it has 1 bytes; HS256 needs 32 or more");
  EXPECT_EQ(words_about(key_set_text({R"({"kty":"RSA"})"})).refused,
            "key 1: it is not a key for RS256");
  EXPECT_EQ(words_about(key_set_text({R"({"kty":"new","kid":["a"]})"})).refused,
            "key 1: its kid is not a string");
}

TEST(TokenKeySet, AMemberOfAKeyThatIsThereTwiceIsRefused) {
  const auto twice = fmt::format(R"({{"kty":"oct","k":"{0}","k":"{0}"}})", base64url(hs256_secret));
  EXPECT_NE(words_about(key_set_text({twice})).refused, "");
}

// A name could forge lines of the log.
TEST(TokenKeySet, NamesAreMadePrintable) {
  const auto words = words_about(
      key_set_text({R"({"kty":"oct","use":"enc","kid":"a\nb\u001b[31m\"'\u00e9"})", hs256_jwk}));
  EXPECT_EQ(words.refused, "");
  EXPECT_THAT(words.unused,
              ElementsAre(R"(key 'a\x0ab\x1b[31m\x22\x27\xc3\xa9': its use is not sig)"));
  EXPECT_EQ(words_about(key_set_text({R"({"kty":"EC","crv":"P-256","kid":"a\u0000\r"})"})).refused,
            R"(key 'a\x00\x0d': it is not a key for ES256)");
  const auto one = secret_called(R"(\n)");
  EXPECT_EQ(words_about(key_set_text({one, one})).refused, R"(key '\x0a': it is there twice)");
  const auto longest = secret_called(std::string(10'000, 'i'));
  EXPECT_LT(words_about(key_set_text({longest, longest})).refused.size(), 300U);
}

// What a secret is may not get into a log.
TEST(TokenKeySet, SecretsAreNotInTheWords) {
  const std::string secret = "c2VjcmV0";
  const auto text = key_set_text({R"({"kty":"oct","use":"enc","k":"c2VjcmV0"})",
                                  R"({"kty":"oct","alg":"c2VjcmV0","k":"c2VjcmV0"})",
                                  R"({"kty":"oct","k":"c2VjcmV0"})"});
  const auto words = words_about(text);
  EXPECT_EQ(words.refused, "key 3: it has 6 bytes; HS256 needs 32 or more");
  EXPECT_EQ(words.unused.size(), 2U);
  for (const auto& line : words.unused) EXPECT_EQ(line.find(secret), std::string::npos) << line;
}

TEST(TokenKeySet, AKeyThatIsUsedIsNotMentioned) {
  EXPECT_THAT(words_about(key_set_text({hs256_jwk, rs256_jwk, es256_jwk, eddsa_jwk})).unused,
              IsEmpty());
}

}  // namespace
}  // namespace ws_demo
