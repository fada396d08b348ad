// What the claims of a token say. All tokens here are signed as they should be.

#include "http/token/json_web_token.hpp"

#include "test_tokens.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace ws_demo {
namespace {

using testing::at_second;
using testing::refusal_of;
using testing::sample_keys;
using testing::sample_time;
using testing::sample_tokens;
using testing::token_saying;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view no_exp = "has no exp that is a time";
constexpr std::string_view no_nbf = "has an nbf that is no time";
constexpr std::string_view other_audience =
    "has another aud than the server's (see --token-audience)";
constexpr std::string_view other_issuer = "has another iss than the server's (see --token-issuer)";

token_rules rules_for(std::string audience, std::string issuer, std::chrono::seconds skew = 0s) {
  return {.audience = std::move(audience), .issuer = std::move(issuer), .clock_skew = skew};
}

/// Why a token with these members beside an `exp` is refused.
std::string refusal_saying(std::string_view members, const token_rules& rules = {},
                           double now = sample_time) {
  const auto payload =
      fmt::format(R"({{"exp":4102444800{}{}}})", members.empty() ? "" : ",", members);
  return refusal_of(token_saying(payload), sample_keys(), rules, now);
}

std::string refusal_with_exp(std::string_view exp, double now, const token_rules& rules = {}) {
  return refusal_of(token_saying(fmt::format(R"({{"exp":{}}})", exp)), sample_keys(), rules, now);
}

std::string refusal_with_nbf(std::string_view nbf, double now, const token_rules& rules = {}) {
  return refusal_saying(fmt::format(R"("nbf":{})", nbf), rules, now);
}

/// Throws where the token is refused.
token_claims claims_of(std::string_view token, const token_rules& rules = {},
                       double now = sample_time) {
  return std::get<token_claims>(verify_token(token, sample_keys(), rules, at_second(now)));
}

TEST(JsonWebToken, SaysWhoMay) {
  for (const auto token : sample_tokens) {
    const auto claims = claims_of(token);
    EXPECT_EQ(claims.subject, "user-7");
    EXPECT_THAT(claims.subscribe, ElementsAre("news.*", "chat"));
    EXPECT_THAT(claims.publish, ElementsAre("chat"));
    EXPECT_EQ(claims.expires, at_second(4102444800));
  }
}

TEST(JsonWebToken, NeedsAnExpOnly) {
  const auto claims = claims_of(token_saying(R"({"exp":4102444800})"));
  EXPECT_EQ(claims.subject, "");
  EXPECT_THAT(claims.subscribe, IsEmpty());
  EXPECT_THAT(claims.publish, IsEmpty());
}

TEST(JsonWebToken, OtherClaimsAreIgnored) {
  EXPECT_EQ(
      refusal_saying(R"("iat":"x","jti":1,"scope":["a"],"alg":"none","kid":"rs","crit":["x"])"),
      "accepted");
}

TEST(JsonWebToken, ExpIsATime) {
  EXPECT_EQ(refusal_of(token_saying("{}")), no_exp);
  for (const char* exp : {R"("4102444800")", "null", "true", "[4102444800]", R"({"a":4102444800})",
                          "-1", "-0.5", "-1e300", R"("never")", "-9223372036854775808"})
    EXPECT_EQ(refusal_with_exp(exp, sample_time), no_exp) << exp;
  EXPECT_EQ(refusal_of(token_saying(R"({"Exp":4102444800})")), no_exp);
  EXPECT_EQ(refusal_of(token_saying(R"({"EXP":4102444800,"exp ":4102444800})")), no_exp);
}

TEST(JsonWebToken, AtItsExpItHasExpired) {
  EXPECT_EQ(refusal_with_exp("1000", 999), "accepted");
  EXPECT_EQ(refusal_with_exp("1000", 999.999), "accepted");
  EXPECT_EQ(refusal_with_exp("1000", 1000), "has expired");
  EXPECT_EQ(refusal_with_exp("1000", 1001), "has expired");
  EXPECT_EQ(refusal_with_exp("0", 1), "has expired");
  EXPECT_EQ(refusal_with_exp("-0", 1), "has expired");
  EXPECT_EQ(refusal_with_exp("1e-300", 1), "has expired");
}

TEST(JsonWebToken, ExpMayHaveAFraction) {
  EXPECT_EQ(refusal_with_exp("1000.5", 1000.25), "accepted");
  EXPECT_EQ(refusal_with_exp("1000.5", 1000.5), "has expired");
  EXPECT_EQ(refusal_with_exp("1.0005e3", 1000.25), "accepted");
  EXPECT_EQ(claims_of(token_saying(R"({"exp":1000.5})"), {}, 1000).expires, at_second(1000.5));
}

TEST(JsonWebToken, ExpMayBeFarAway) {
  for (const char* exp : {"9e9", "9223372036", "9223372037", "253402300800", "18446744073709551615",
                          "18446744073709551616", "1e19", "1e300", "9223372036854775807"}) {
    EXPECT_EQ(refusal_with_exp(exp, sample_time), "accepted") << exp;
    EXPECT_EQ(refusal_with_exp(exp, sample_time, rules_for("", "", 24h)), "accepted") << exp;
    const auto claims = claims_of(token_saying(fmt::format(R"({{"exp":{}}})", exp)));
    EXPECT_EQ(claims.expires, at_second(9e9)) << exp;
  }
}

TEST(JsonWebToken, AnExpThatNoDoubleHoldsIsNoJson) {
  EXPECT_EQ(refusal_with_exp("1e400", sample_time),
            "has a payload that is not one JSON object within the limits");
}

TEST(JsonWebToken, TheClocksMayDiffer) {
  const auto rules = rules_for("", "", 60s);
  EXPECT_EQ(refusal_with_exp("1000", 1000, rules), "accepted");
  EXPECT_EQ(refusal_with_exp("1000", 1059.999, rules), "accepted");
  EXPECT_EQ(refusal_with_exp("1000", 1060, rules), "has expired");
  EXPECT_EQ(refusal_with_nbf("1000", 940, rules), "accepted");
  EXPECT_EQ(refusal_with_nbf("1000", 939.999, rules), "does not hold yet (nbf)");
}

TEST(JsonWebToken, EndsLaterWhereOnlyTheClocksLetItIn) {
  const auto rules = rules_for("", "", 60s);
  const auto token = token_saying(R"({"exp":1000})");
  EXPECT_EQ(claims_of(token, rules, 999.999).expires, at_second(1000));
  EXPECT_EQ(claims_of(token, rules, 1000).expires, at_second(1060));
  EXPECT_EQ(claims_of(token, rules, 1059).expires, at_second(1060));
}

TEST(JsonWebToken, DoesNotHoldBeforeItsNbf) {
  EXPECT_EQ(refusal_with_nbf("1000", 1000), "accepted");
  EXPECT_EQ(refusal_with_nbf("1000", 1001), "accepted");
  EXPECT_EQ(refusal_with_nbf("0", 1), "accepted");
  EXPECT_EQ(refusal_with_nbf("1000", 999.999), "does not hold yet (nbf)");
  EXPECT_EQ(refusal_with_nbf("1000.5", 1000.25), "does not hold yet (nbf)");
  EXPECT_EQ(refusal_with_nbf("1e300", sample_time), "does not hold yet (nbf)");
  for (const char* nbf : {R"("1000")", "null", "true", "[1000]", "{}", "-1", "-1e300"})
    EXPECT_EQ(refusal_with_nbf(nbf, sample_time), no_nbf) << nbf;
}

TEST(JsonWebToken, IsForTheAudience) {
  const auto rules = rules_for("push", "");
  EXPECT_EQ(refusal_saying(R"("aud":"push")", rules), "accepted");
  EXPECT_EQ(refusal_saying(R"("aud":["push"])", rules), "accepted");
  EXPECT_EQ(refusal_saying(R"("aud":["a","push","b"])", rules), "accepted");
  for (const char* aud :
       {R"("aud":"other")", R"("aud":"Push")", R"("aud":"push ")", R"("aud":"pus")", R"("aud":"")",
        R"("aud":"push\u0000")", R"("aud":["other"])", R"("aud":[])", R"("aud":null)", R"("aud":1)",
        R"("aud":{"push":true})", R"("aud":[["push"]])", R"("aud":["push",1])",
        R"("aud":[null,"push"])", R"("Aud":"push")", R"("aud":"a push b")", ""})
    EXPECT_EQ(refusal_saying(aud, rules), other_audience) << aud;
}

// RFC 7519 section 4.1.3: who does not know himself as one of the audience must refuse.
TEST(JsonWebToken, WithoutAnAudienceToHaveItMayHaveNone) {
  EXPECT_EQ(refusal_saying(""), "accepted");
  for (const char* aud : {R"("aud":"push")", R"("aud":["push"])", R"("aud":[])", R"("aud":null)",
                          R"("aud":0)", R"("aud":{})", R"("aud":"")", R"("aud":[""])"})
    EXPECT_EQ(refusal_saying(aud), other_audience) << aud;
}

TEST(JsonWebToken, IsOfTheIssuer) {
  const auto rules = rules_for("", "https://id.example.com");
  EXPECT_EQ(refusal_saying(R"("iss":"https://id.example.com")", rules), "accepted");
  for (const char* iss :
       {"", R"("iss":"")", R"("iss":"https://id.example.com/")",
        R"("iss":"https://ID.example.com")", R"("iss":["https://id.example.com"])", R"("iss":null)",
        R"("iss":1)", R"("iss":"https://id.example.co")",
        R"("iss":"https://id.example.com\u0000")"})
    EXPECT_EQ(refusal_saying(iss, rules), other_issuer) << iss;
  EXPECT_EQ(refusal_saying(""), "accepted");
  EXPECT_EQ(refusal_saying(R"("iss":"anyone")"), "accepted");
}

TEST(JsonWebToken, ASubjectIsAString) {
  for (const char* sub : {"1", "null", "true", "[]", R"(["a"])", "{}"})
    EXPECT_EQ(refusal_saying(fmt::format(R"("sub":{})", sub)), "has a sub that is not a string")
        << sub;
  EXPECT_EQ(claims_of(token_saying(R"({"exp":4e9,"sub":""})")).subject, "");
  EXPECT_EQ(claims_of(token_saying(R"({"exp":4e9,"sub":"a\nb\u00e9"})")).subject, "a\nb\xc3\xa9");
}

TEST(JsonWebToken, TopicsAreAnArrayOfThem) {
  for (const char* claim : {"subscribe", "publish"})
    for (const char* topics : {"null",
                               "1",
                               "true",
                               "{}",
                               R"("news")",
                               R"("*")",
                               "[1]",
                               "[null]",
                               R"([["news"]])",
                               R"(["news",1])",
                               R"([""])",
                               R"(["news",""])",
                               R"(["$server"])",
                               R"(["a b"])",
                               R"([".*"])",
                               R"(["a*"])",
                               R"(["*.a"])",
                               R"(["**"])",
                               R"(["a.*.b"])",
                               R"(["a.*.*"])",
                               R"(["\u00e9"])",
                               R"(["news\u0000"])",
                               R"(["news\n"])",
                               R"({"0":"news"})"})
      EXPECT_EQ(refusal_saying(fmt::format(R"("{}":{})", claim, topics)),
                fmt::format("has a {} that is not an array of valid topics", claim))
          << topics;
}

TEST(JsonWebToken, TopicsMayBePatterns) {
  const auto claims = claims_of(
      token_saying(R"({"exp":4e9,"subscribe":["*","a.b.*","A_-/.0"],"publish":["p","p","q.*"]})"));
  EXPECT_THAT(claims.subscribe, ElementsAre("*", "a.b.*", "A_-/.0"));
  EXPECT_THAT(claims.publish, ElementsAre("p", "p", "q.*"));
  const auto none = claims_of(token_saying(R"({"exp":4e9,"subscribe":[],"publish":[]})"));
  EXPECT_THAT(none.subscribe, IsEmpty());
  EXPECT_THAT(none.publish, IsEmpty());
}

TEST(JsonWebToken, ATopicHas128BytesOrFewer) {
  const auto refusal = [](std::size_t size) {
    return refusal_saying(fmt::format(R"("publish":["{}"])", std::string(size, 't')));
  };
  EXPECT_EQ(refusal(128), "accepted");
  EXPECT_EQ(refusal(129), "has a publish that is not an array of valid topics");
}

}  // namespace
}  // namespace ws_demo
