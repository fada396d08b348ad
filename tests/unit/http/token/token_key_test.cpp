#include "http/token/token_key.hpp"

#include "common/base64url.hpp"
#include "test_tokens.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <openssl/bn.h>

#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace ws_demo {
namespace {

using testing::eddsa_jwk;
using testing::es256_jwk;
using testing::hs256_jwk;
using testing::rs256_jwk;
using testing::sample_jwks;

std::variant<token_key, token_key::unused, token_key::invalid> parse_key(std::string_view jwk) {
  return token_key::parse(nlohmann::json::parse(jwk));
}

/// "ES256 key", "unused: ..." or "invalid: ...".
std::string kind_of_key(const nlohmann::json& jwk) {
  const auto parsed = token_key::parse(jwk);
  if (const auto* const wrong = std::get_if<token_key::invalid>(&parsed))
    return fmt::format("invalid: {}", wrong->why);
  if (const auto* const other = std::get_if<token_key::unused>(&parsed))
    return fmt::format("unused: {}", other->why);
  return fmt::format("{} key", name_of(std::get<token_key>(parsed).algorithm()));
}

/// The key with a member that is set to something else, or, with a discarded value, without it.
std::string kind_with(std::string_view jwk, const char* member, const nlohmann::json& value) {
  auto changed = nlohmann::json::parse(jwk);
  if (value.is_discarded())
    changed.erase(member);
  else
    changed[member] = value;
  return kind_of_key(changed);
}

const nlohmann::json no_member = nlohmann::json::value_t::discarded;

constexpr std::string_view p384_jwk =
    R"({"kty":"EC","crv":"P-384",)"
    R"("x":"KmIPcmaE-0jgJRp6wYhOwY5e10RAMLX9JQTNRsOEnrQI8ueGpju9T_k8n8xWAPzL",)"
    R"("y":"EEJq6NP-reQ1E2RlJMqVM10UObuFQUgO3fl3dpMATYgpeYVOMZ-ks52Wy6H9xIaK"})";
constexpr std::string_view ed448_jwk =
    R"({"kty":"OKP","crv":"Ed448",)"
    R"("x":"i-yRYcpL-5OrGpEfyxa9QY9H2OJnN7zk7SEh2avt84eFj68swj5PVwArIY93GD-WR5XVykzPhBgA"})";
constexpr std::string_view rsa1024_jwk =
    R"({"kty":"RSA","e":"AQAB",)"
    R"("n":"wc5Yzw3_TqXJVQDJxBQxMeExiII4UbAToa07ppipc4CfSe9A4eOs2XFuyqfgTJBIIa7bXjxNlpECeynnJx)"
    R"(Olx9ynbNLeE4T5wOSYHYswFWQcQ40acy3L8oRxKlcBz2TjHfy3F9bSsahpYpwyIh6bcBy5j-KcH0DZ8102B_aCqJk)"
    R"("})";

/// The modulus of rs256_jwk, of which each power is one of a key too, as far as can be seen.
std::string power_of_modulus(unsigned exponent) {
  const auto n = nlohmann::json::parse(rs256_jwk)["n"].get<std::string>();
  const auto bytes = base64url_decoded(n).value_or("");
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> factor(
      BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                static_cast<int>(bytes.size()), nullptr),
      BN_free);
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> power(BN_dup(factor.get()), BN_free);
  const std::unique_ptr<BN_CTX, decltype(&BN_CTX_free)> context(BN_CTX_new(), BN_CTX_free);
  for (unsigned i = 1; i < exponent; ++i)
    BN_mul(power.get(), power.get(), factor.get(), context.get());
  std::string result(static_cast<std::size_t>(BN_num_bytes(power.get())), '\0');
  BN_bn2bin(power.get(), reinterpret_cast<unsigned char*>(result.data()));
  return base64url(result);
}

TEST(TokenAlgorithm, HasANameOfItsOwn) {
  for (const char* name : {"HS256", "RS256", "ES256", "EdDSA"}) {
    const auto found = token_algorithm_named(name);
    EXPECT_TRUE(found && name_of(*found) == name) << name;
  }
  for (const char* name :
       {"", "none", "None", "HS512", "hs256", "HS256 ", "eddsa", "PS256", "HS25"})
    EXPECT_EQ(token_algorithm_named(name), std::nullopt) << name;
}

TEST(TokenKey, EachTypeIsForOneAlgorithm) {
  const auto id_and_kind = [](std::string_view jwk) {
    const auto parsed = parse_key(jwk);
    const auto& key = std::get<token_key>(parsed);
    return fmt::format("{} {}", key.id(), name_of(key.algorithm()));
  };
  EXPECT_EQ(id_and_kind(hs256_jwk), "hs HS256");
  EXPECT_EQ(id_and_kind(rs256_jwk), "rs RS256");
  EXPECT_EQ(id_and_kind(es256_jwk), "es ES256");
  EXPECT_EQ(id_and_kind(eddsa_jwk), "ed EdDSA");
}

TEST(TokenKey, OtherTypesAndCurvesAreNotUsed) {
  const auto* const why =
      "unused: its type or curve is not one of HS256, RS256, ES256 and EdDSA (Ed25519)";
  for (const auto jwk : {p384_jwk, ed448_jwk})
    EXPECT_EQ(kind_of_key(nlohmann::json::parse(jwk)), why);
  for (const char* jwk :
       {R"({})", R"({"kty":"new"})", R"({"kty":""})", R"({"kty":1})", R"({"kty":null})",
        R"({"kty":"rsa"})", R"({"kty":"OCT"})", R"({"kty":"EC"})", R"({"kty":"OKP","crv":1})",
        R"({"kty":"EC","crv":"secp256k1"})", R"({"kty":"EC","crv":"p-256"})",
        R"({"kty":"EC","crv":"Ed25519"})", R"({"kty":"OKP","crv":"P-256"})",
        R"({"kty":"OKP","crv":"X25519"})",
        R"({"k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"})"})
    EXPECT_EQ(kind_of_key(nlohmann::json::parse(jwk)), why) << jwk;
}

TEST(TokenKey, IsNotUsedWhereItIsForSomethingElse) {
  for (const auto jwk : sample_jwks) {
    for (const auto& use : {nlohmann::json("enc"), nlohmann::json("SIG"), nlohmann::json(""),
                            nlohmann::json(1), nlohmann::json(), nlohmann::json({"sig"})})
      EXPECT_EQ(kind_with(jwk, "use", use), "unused: its use is not sig") << use;
    EXPECT_TRUE(kind_with(jwk, "use", "sig").ends_with(" key"));
    for (const char* operations : {R"(["encrypt"])", R"(["deriveKey","wrapKey"])", "[]", "null",
                                   R"("verify")", R"(["verify",1])", R"(["Verify"])", R"({})"})
      EXPECT_EQ(kind_with(jwk, "key_ops", nlohmann::json::parse(operations)),
                "unused: its key_ops are not verify")
          << operations;
    for (const char* operations :
         {R"(["verify"])", R"(["sign","verify"])", R"(["encrypt","verify"])"})
      EXPECT_TRUE(kind_with(jwk, "key_ops", nlohmann::json::parse(operations)).ends_with(" key"))
          << operations;
  }
}

TEST(TokenKey, IsNotUsedWhereItIsForAnotherAlgorithm) {
  for (const auto jwk : sample_jwks) {
    const auto kind = kind_of_key(nlohmann::json::parse(jwk));
    for (const char* name : {"HS256", "RS256", "ES256", "EdDSA"})
      EXPECT_EQ(kind_with(jwk, "alg", name).starts_with("unused: its alg is not"),
                kind != fmt::format("{} key", name))
          << kind << " with " << name;
    for (const auto& name :
         {nlohmann::json("none"), nlohmann::json("HS512"), nlohmann::json("PS256"),
          nlohmann::json("RSA-OAEP"), nlohmann::json(""), nlohmann::json("hs256"), nlohmann::json(),
          nlohmann::json(256)})
      EXPECT_TRUE(kind_with(jwk, "alg", name).starts_with("unused: its alg is not")) << name;
  }
}

TEST(TokenKey, OtherMembersAreIgnored) {
  for (const auto jwk : sample_jwks)
    EXPECT_EQ(kind_with(jwk, "x5c", nlohmann::json({"junk"})),
              kind_of_key(nlohmann::json::parse(jwk)));
}

TEST(TokenKey, AnIdIsAStringWithSomethingInIt) {
  for (const auto jwk : sample_jwks) {
    for (const auto& id :
         {nlohmann::json(""), nlohmann::json(1), nlohmann::json(), nlohmann::json({"a"})})
      EXPECT_EQ(kind_with(jwk, "kid", id), "invalid: its kid is not a string") << id;
    auto without = nlohmann::json::parse(jwk);
    without.erase("kid");
    const auto parsed = token_key::parse(without);
    ASSERT_TRUE(std::holds_alternative<token_key>(parsed));
    EXPECT_EQ(std::get<token_key>(parsed).id(), "");
  }
}

TEST(TokenKey, IsAnObject) {
  for (const char* text : {"1", "null", "[]", "\"oct\"", R"([["kty","oct"]])"})
    EXPECT_EQ(kind_of_key(nlohmann::json::parse(text)), "invalid: it is not an object") << text;
}

TEST(TokenKey, ASecretHas32BytesOrMore) {  // RFC 7518 section 3.2
  for (const std::size_t size : {1U, 16U, 31U})
    EXPECT_EQ(kind_with(hs256_jwk, "k", base64url(std::string(size, 's'))),
              fmt::format("invalid: it has {} bytes; HS256 needs 32 or more", size));
  for (const std::size_t size : {32U, 33U, 64U, 65U, 1000U})
    EXPECT_EQ(kind_with(hs256_jwk, "k", base64url(std::string(size, 's'))), "HS256 key");
  EXPECT_EQ(kind_with(hs256_jwk, "k", base64url(std::string(32, '\0'))), "HS256 key");
}

TEST(TokenKey, ASecretIsBase64Url) {
  const std::string bytes(32, '\xff');
  for (const auto& k :
       {nlohmann::json(""), nlohmann::json(1), nlohmann::json(), no_member, nlohmann::json({"a"}),
        nlohmann::json(base64url(bytes) + "="), nlohmann::json(base64url(bytes) + "\n"),
        nlohmann::json("0123456789abcdef0123456789abcdef 0123456789abcdef"),
        nlohmann::json(std::string(43, '/')), nlohmann::json(std::string(43, '9'))})
    EXPECT_EQ(kind_with(hs256_jwk, "k", k), "invalid: its k is not base64url") << k;
}

TEST(TokenKey, AnRsaKeyHas2048BitsOrMore) {  // RFC 7518 section 3.3
  EXPECT_EQ(kind_of_key(nlohmann::json::parse(rsa1024_jwk)),
            "invalid: it has 1024 bits; RS256 needs 2048 or more");
}

TEST(TokenKey, AnRsaKeyHas8192BitsOrFewer) {
  EXPECT_EQ(kind_with(rs256_jwk, "n", power_of_modulus(4)), "RS256 key");
  EXPECT_EQ(kind_with(rs256_jwk, "n", power_of_modulus(5)), "invalid: it is not a key for RS256");
}

TEST(TokenKey, AnRsaKeyIsOne) {
  const auto* const wrong = "invalid: it is not a key for RS256";
  const auto n = nlohmann::json::parse(rs256_jwk)["n"].get<std::string>();
  for (const auto& other :
       {nlohmann::json(""), nlohmann::json(1), nlohmann::json(), no_member, nlohmann::json("AA"),
        nlohmann::json("Aw"), nlohmann::json(n + "="), nlohmann::json("!" + n),
        nlohmann::json(base64url(std::string(256, '\xfe')))})  // even
    EXPECT_EQ(kind_with(rs256_jwk, "n", other), wrong) << other;
  for (const auto& other : {nlohmann::json(""), nlohmann::json(65537), nlohmann::json(), no_member,
                            nlohmann::json("AA"),       // 0
                            nlohmann::json("AQ"),       // 1: each text would be its own signature
                            nlohmann::json("Ag"),       // 2
                            nlohmann::json("AQAA"),     // 65536
                            nlohmann::json("AQAAAAE"),  // of 33 bits, which takes long
                            nlohmann::json("AQAB=")})
    EXPECT_EQ(kind_with(rs256_jwk, "e", other), wrong) << other;
  EXPECT_EQ(kind_with(rs256_jwk, "e", "Aw"), "RS256 key");
}

TEST(TokenKey, AP256KeyIsAPointOnItsCurve) {
  const auto* const wrong = "invalid: it is not a key for ES256";
  const auto x =
      base64url_decoded(nlohmann::json::parse(es256_jwk)["x"].get<std::string>()).value_or("");
  const auto y =
      base64url_decoded(nlohmann::json::parse(es256_jwk)["y"].get<std::string>()).value_or("");
  ASSERT_TRUE(x.size() == 32 && y.size() == 32);
  auto beside = y;
  beside.back() = static_cast<char>(beside.back() ^ 1);
  for (const char* coordinate : {"x", "y"}) {
    for (const auto& other :
         {nlohmann::json(""), nlohmann::json(1), nlohmann::json(), no_member,
          nlohmann::json(base64url(beside)), nlohmann::json(base64url(std::string(32, '\0'))),
          nlohmann::json(base64url(std::string(32, '\xff'))),
          nlohmann::json(base64url(y.substr(1))), nlohmann::json(base64url('\0' + y)),
          nlohmann::json(base64url(y + '\0'))})
      EXPECT_EQ(kind_with(es256_jwk, coordinate, other), wrong) << coordinate << " " << other;
  }
  auto swapped = nlohmann::json::parse(es256_jwk);
  swapped["x"] = base64url(y);
  swapped["y"] = base64url(x);
  EXPECT_EQ(kind_of_key(swapped), wrong);
  // Of the right length together, so that they make the same point.
  auto shifted = nlohmann::json::parse(es256_jwk);
  shifted["x"] = base64url(x + y.front());
  shifted["y"] = base64url(y.substr(1));
  EXPECT_EQ(kind_of_key(shifted), wrong);
  auto infinity = nlohmann::json::parse(es256_jwk);
  infinity["x"] = infinity["y"] = base64url(std::string(32, '\0'));
  EXPECT_EQ(kind_of_key(infinity), wrong);
}

TEST(TokenKey, AnEd25519KeyHas32Bytes) {
  for (const auto& x :
       {nlohmann::json(""), nlohmann::json(1), nlohmann::json(), no_member,
        nlohmann::json(base64url(std::string(31, 'x'))), nlohmann::json(std::string(43, '9')),
        nlohmann::json(base64url(std::string(33, 'x'))),
        nlohmann::json(base64url(std::string(57, 'x')))})
    EXPECT_EQ(kind_with(eddsa_jwk, "x", x), "invalid: it is not a key for EdDSA") << x;
}

TEST(TokenKey, OfAPrivateKeyOnlyThePublicPartIsUsed) {
  EXPECT_EQ(kind_with(es256_jwk, "d", "IjMHsYYip5TQNjXrtosnXTjB6UiWBF7HFNs_5OMqN8U"), "ES256 key");
  EXPECT_EQ(kind_with(es256_jwk, "d", "!"), "ES256 key");
}

}  // namespace
}  // namespace ws_demo
