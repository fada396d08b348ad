// Tokens that somebody made who may not.

#include "test_tokens.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ws_demo {
namespace {

using testing::hmac_signed;
using testing::hmac_token;
using testing::hs256_jwk;
using testing::hs256_token;
using testing::key_set_of;
using testing::refusal_of;
using testing::rs256_jwk;
using testing::sample_tokens;
using testing::token_saying;

constexpr std::string_view wrong_signature = "has a wrong signature";
constexpr std::string_view wrong_algorithm = "has an alg that is not the one of its key";
constexpr std::string_view wrong_form = "is not a signed JWT in the compact form";
constexpr std::string_view wrong_header =
    "has a header that is not one JSON object within the limits";
constexpr std::string_view wrong_payload =
    "has a payload that is not one JSON object within the limits";
constexpr std::string_view root_claims = R"({"exp":4102444800,"subscribe":["*"],"publish":["*"]})";

// The public key of rs256_jwk, as openssl prints it.
constexpr std::string_view rs256_pem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAp0sibvOo1hmohqr6fK0x\n"
    "LSNGbi4MxectxVx8hGvwBmfu96/lzq7X6z3EbKQr0XHBgyJ7Id+u/Sm76cmPNK3R\n"
    "1f7B5HoJWOj+udwEfoT3JKTUIdu5n2tcT3IKq/ZnYpnHX/WPJdJupainzjHUWZC0\n"
    "ThgWJQXQcp9itdUky3AhW6dYVy72XN2UtuGgihMTP7iKCWhLsli1CQvp2zxmcGWe\n"
    "fb2BRF+5vkKB4jiOWSUkqXQ6bJEdAPjAoMikzvxGQGRToELxEfgwdEh7cYgrw+L+\n"
    "L1IFyXfrqoxMrQM0oP7/p0s5jgVseCS6qqnRrCb0rIOlHy52CG4vsQNb31prdBZP\n"
    "zQIDAQAB\n"
    "-----END PUBLIC KEY-----\n";

struct token_parts {
  std::string_view header, payload, signature;
};

token_parts parts_of(std::string_view token) {
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  return {token.substr(0, first), token.substr(first + 1, last - first - 1),
          token.substr(last + 1)};
}

std::string der_of(std::string_view pem) {
  std::string text(pem.substr(pem.find('\n')));
  text.resize(text.find("-----"));
  std::erase(text, '\n');
  for (char& c : text)
    if (c == '+' || c == '/') c = c == '+' ? '-' : '_';
  return base64url_decoded(text).value_or("");
}

TEST(TokenForgery, EveryOtherCharacterAtEveryPlaceIsRefused) {
  for (const auto token : sample_tokens) {
    ASSERT_EQ(refusal_of(token), "accepted");
    std::string forged(token);
    for (std::size_t i = 0; i < token.size(); ++i) {
      for (const char other : {'A', 'B', 'Q', 'g', 'w', '-', '_', '.', '=', '\n', '\0', '\xff'}) {
        if (other == token[i]) continue;
        forged[i] = other;
        ASSERT_NE(refusal_of(forged), "accepted") << token << " at " << i << ": " << other;
      }
      // The neighbour in the alphabet, which differs in bits that may be left over.
      forged[i] = static_cast<char>(token[i] + 1);
      ASSERT_NE(refusal_of(forged), "accepted") << token << " at " << i;
      forged[i] = static_cast<char>(token[i] ^ 0x20);  // upper and lower case
      ASSERT_NE(refusal_of(forged), "accepted") << token << " at " << i;
      forged[i] = token[i];
    }
  }
}

TEST(TokenForgery, ACharacterMoreOrLessIsRefused) {
  for (const auto token : sample_tokens)
    for (std::size_t i = 0; i <= token.size(); ++i) {
      for (const char more : {'A', '.', '=', ' ', '\n'})
        ASSERT_NE(refusal_of(std::string(token).insert(i, 1, more)), "accepted") << i;
      if (i == token.size()) break;
      ASSERT_NE(refusal_of(std::string(token).erase(i, 1)), "accepted") << i;
      ASSERT_NE(refusal_of(token.substr(0, i)), "accepted") << i;
    }
}

TEST(TokenForgery, PaddingAndWhiteSpaceAreRefused) {
  for (const auto token : sample_tokens) {
    const auto [header, payload, signature] = parts_of(token);
    for (const char* more : {"=", "==", "\n", "\r\n", " ", "\t", "%3D", "\xe2\x80\x8b"}) {
      EXPECT_EQ(refusal_of(fmt::format("{}{}", token, more)), wrong_form);
      EXPECT_NE(refusal_of(fmt::format("{}{}", more, token)), "accepted");
      EXPECT_NE(refusal_of(fmt::format("{}{}.{}.{}", header, more, payload, signature)),
                "accepted");
      EXPECT_NE(refusal_of(fmt::format("{}.{}{}.{}", header, payload, more, signature)),
                "accepted");
    }
  }
  // Signed as they are, so that nothing but the form refuses them.
  const auto header = base64url(R"({"alg":"HS256","kid":"hs"})");
  const auto payload = base64url(root_claims);
  ASSERT_EQ(refusal_of(hmac_signed(fmt::format("{}.{}", header, payload))), "accepted");
  for (const char* more : {"=", "==", "\n", " ", "A", "AA=="}) {
    EXPECT_EQ(refusal_of(hmac_signed(fmt::format("{}{}.{}", header, more, payload))), wrong_header);
    EXPECT_EQ(refusal_of(hmac_signed(fmt::format("{}.{}{}", header, payload, more))),
              wrong_payload);
  }
}

TEST(TokenForgery, HasThreeParts) {
  const auto [header, payload, signature] = parts_of(hs256_token);
  for (const auto& text :
       {std::string(), std::string("."), std::string(".."), std::string("..."), std::string("a"),
        fmt::format("{}.{}", header, payload), fmt::format("{}.{}.{}.", header, payload, signature),
        fmt::format("{0}.{1}.{2}.{2}", header, payload, signature),
        fmt::format(".{}.{}.{}", header, payload, signature),
        fmt::format("{}..{}.{}", header, payload, signature),
        fmt::format("{}.{}..{}", header, payload, signature),
        fmt::format("{}.{}.{}..", header, payload, signature),
        fmt::format("{}{}{}", header, payload, signature)})
    EXPECT_NE(refusal_of(text), "accepted") << text;
  EXPECT_EQ(refusal_of(fmt::format("{}.{}.", header, payload)), wrong_signature);
  EXPECT_EQ(refusal_of(fmt::format("{}..{}", header, signature)), wrong_signature);
  EXPECT_EQ(refusal_of(fmt::format(".{}.{}", payload, signature)), wrong_header);
  EXPECT_EQ(refusal_of(fmt::format("{}.{}", header, payload)), wrong_form);
}

TEST(TokenForgery, WithoutASignatureItIsRefusedWhateverItsAlgIs) {
  for (const char* alg : {"none", "None", "NONE", "nOnE", "none ", "", "null", "no\\u006ee",
                          "HS256", "RS256", "ES256", "EdDSA", "hs256", "HS512"})
    for (const char* id : {"hs", "rs", "es", "ed", "xx"}) {
      const auto header = fmt::format(R"({{"alg":"{}","kid":"{}"}})", alg, id);
      const auto text = fmt::format("{}.{}", base64url(header), base64url(root_claims));
      for (const char* signature : {"", "AA", "bm9uZQ"})
        EXPECT_NE(refusal_of(fmt::format("{}.{}", text, signature)), "accepted") << header;
      EXPECT_NE(refusal_of(text), "accepted") << header;
    }
}

TEST(TokenForgery, TheAlgIsTheOneOfTheKey) {
  for (const char* alg : {R"("none")", R"("None")", R"("HS512")", R"("hs256")", R"("HS256 ")",
                          R"("RS256")", R"("ES256")", R"("EdDSA")", R"("")", "null", "256",
                          R"(["HS256"])", R"({"HS256":1})", R"("HS256\u0000")"})
    EXPECT_EQ(refusal_of(hmac_token(fmt::format(R"({{"alg":{},"kid":"hs"}})", alg), root_claims)),
              wrong_algorithm)
        << alg;
  EXPECT_EQ(refusal_of(hmac_token(R"({"kid":"hs"})", root_claims)), wrong_algorithm);
  EXPECT_EQ(refusal_of(hmac_token(R"({"Alg":"HS256","kid":"hs"})", root_claims)), wrong_algorithm);
  EXPECT_EQ(
      refusal_of(hmac_token(R"({"\u0061lg":"HS\u0032\u0035\u0036","kid":"hs"})", root_claims)),
      "accepted");
}

// RFC 8725 section 2.1
TEST(TokenForgery, APublicKeyIsNoSecret) {
  const auto n = std::string(rs256_jwk.substr(rs256_jwk.find("p0sib"), 342));
  const auto der = der_of(rs256_pem);
  ASSERT_EQ(der.size(), 294U);
  ASSERT_NE(der.find(base64url_decoded(n).value_or("?")), std::string::npos);
  for (const auto& secret :
       {std::string(), std::string(rs256_pem),
        std::string(rs256_pem.substr(0, rs256_pem.size() - 1)), der, der.substr(24), n,
        base64url_decoded(n).value_or(""), std::string(rs256_jwk)})
    for (const char* id : {"rs", "es", "ed"}) {
      const auto header = [id](const char* alg) {
        return fmt::format(R"({{"alg":"{}","kid":"{}"}})", alg, id);
      };
      EXPECT_EQ(refusal_of(hmac_token(header("HS256"), root_claims, secret)), wrong_algorithm);
      for (const char* alg : {"RS256", "ES256", "EdDSA"})
        EXPECT_NE(refusal_of(hmac_token(header(alg), root_claims, secret)), "accepted");
      EXPECT_EQ(refusal_of(hmac_token(R"({"alg":"HS256"})", root_claims, secret),
                           key_set_of({rs256_jwk})),
                "has no kid");
    }
}

TEST(TokenForgery, ASignatureIsOfTheKeyThatTheTokenNames) {
  const std::vector<std::pair<const char*, const char*>> algorithm_and_id{
      {"HS256", "hs"}, {"RS256", "rs"}, {"ES256", "es"}, {"EdDSA", "ed"}};
  for (const auto token : sample_tokens)
    for (const auto& [alg, id] : algorithm_and_id) {
      const auto header = base64url(fmt::format(R"({{"alg":"{}","kid":"{}"}})", alg, id));
      const auto [own, payload, signature] = parts_of(token);
      if (header == own) continue;
      EXPECT_EQ(refusal_of(fmt::format("{}.{}.{}", header, payload, signature)), wrong_signature);
    }
  const auto* const other =
      R"({"kty":"oct","kid":"other","k":"b3RoZXIgb3RoZXIgb3RoZXIgb3RoZXIgb3RoZXIgb3RoZXI"})";
  EXPECT_EQ(refusal_of(hmac_token(R"({"alg":"HS256","kid":"other"})", root_claims),
                       key_set_of({hs256_jwk, other})),
            wrong_signature);
}

TEST(TokenForgery, TheKeyIsNotTakenFromTheToken) {  // RFC 7515 sections 4.1.2 to 4.1.6
  const std::string secret(32, 'x');
  const auto jwk = fmt::format(R"({{"kty":"oct","k":"{}"}})", base64url(secret));
  for (const auto& members :
       {fmt::format(R"("kid":"hs","jwk":{})", jwk), fmt::format(R"("kid":"hs","k":"{}")", secret),
        fmt::format(R"("kid":"hs","x5c":["{}"])", base64url(secret)),
        std::string(R"("kid":"hs","jku":"http://localhost/keys","x5u":"http://localhost/cert")")})
    EXPECT_EQ(refusal_of(
                  hmac_token(fmt::format(R"({{"alg":"HS256",{}}})", members), root_claims, secret)),
              wrong_signature);
}

TEST(TokenForgery, AKidIsOneThatIsKnown) {
  const auto refusal_with = [](const char* members) {
    return refusal_of(hmac_token(fmt::format(R"({{"alg":"HS256"{}}})", members), root_claims));
  };
  for (const char* id :
       {R"(,"kid":"x")", R"(,"kid":"HS")", R"(,"kid":"hs ")", R"(,"kid":"hs\u0000")",
        R"(,"kid":"../hs")", R"(,"kid":"h")", R"(,"kid":"hs' OR '1'='1")"})
    EXPECT_EQ(refusal_with(id), "has a kid that is not known") << id;
  for (const char* id :
       {R"(,"kid":"")", R"(,"kid":1)", R"(,"kid":null)", R"(,"kid":["hs"])", R"(,"kid":{"hs":1})"})
    EXPECT_EQ(refusal_with(id), "has a kid that is not a string") << id;
  EXPECT_EQ(refusal_with(""), "has no kid");
  EXPECT_EQ(refusal_with(R"(,"Kid":"hs")"), "has no kid");
}

TEST(TokenForgery, ACritIsRefused) {  // RFC 7515 section 4.1.11
  for (const char* crit : {R"(["exp"])", "[]", "null", R"("exp")", R"(["b64"],"b64":false)",
                           R"(["alg"])", R"({})", "0", R"(["http://example.com/x"])"})
    EXPECT_EQ(refusal_of(hmac_token(fmt::format(R"({{"alg":"HS256","kid":"hs","crit":{}}})", crit),
                                    root_claims)),
              "has a crit that is not known")
        << crit;
}

TEST(TokenForgery, AMemberThatIsThereTwiceIsRefused) {
  for (const char* header :
       {R"({"alg":"none","alg":"HS256","kid":"hs"})", R"({"alg":"HS256","kid":"hs","alg":"none"})",
        R"({"alg":"HS256","kid":"hs","kid":"hs"})",
        R"({"alg":"HS256","\u0061lg":"HS256","kid":"hs"})",
        R"({"alg":"HS256","kid":"hs","x":{"a":1,"a":1}})"})
    EXPECT_EQ(refusal_of(hmac_token(header, root_claims)), wrong_header) << header;
  for (const char* payload :
       {R"({"exp":1,"exp":4102444800})", R"({"exp":4102444800,"exp":1})",
        R"({"exp":4102444800,"sub":"a","sub":"b"})", R"({"exp":4102444800,"e\u0078p":1})",
        R"({"exp":4102444800,"x":[{"a":1,"a":1}]})"})
    EXPECT_EQ(refusal_of(token_saying(payload)), wrong_payload) << payload;
}

}  // namespace
}  // namespace ws_demo
