// The examples of the RFCs, which were made by others.

#include "test_tokens.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ws_demo {
namespace {

using testing::key_set_of;
using testing::refusal_of;
using testing::sample_keys;
using testing::sample_time;

// {"iss":"joe",\r\n "exp":1300819380,\r\n "http://example.com/is_root":true}
constexpr std::string_view rfc_7515_payload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
    "Q";
constexpr double rfc_7515_exp = 1300819380;

// RFC 7515 appendix A.1, whose header is {"typ":"JWT",\r\n "alg":"HS256"}
constexpr std::string_view rfc_hs256_jwk =
    R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUu)"
    R"(TwjAzZr1Z9CAow"})";
constexpr std::string_view rfc_hs256_header = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9";
constexpr std::string_view rfc_hs256_signature = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

// Appendix A.2
constexpr std::string_view rfc_rs256_jwk =
    R"({"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmf)"
    R"(HQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wG)"
    R"(zjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZl)"
    R"(xvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4)"
    R"(FRWyuXpoQ"})";
constexpr std::string_view rfc_rs256_header = "eyJhbGciOiJSUzI1NiJ9";
constexpr std::string_view rfc_rs256_signature =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5"
    "jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1"
    "L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYE"
    "UipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

// Appendix A.3
constexpr std::string_view rfc_es256_jwk =
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",)"
    R"("d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"})";
constexpr std::string_view rfc_es256_header = "eyJhbGciOiJFUzI1NiJ9";
constexpr std::string_view rfc_es256_signature =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

// RFC 8037 appendices A.1 and A.4
constexpr std::string_view rfc_eddsa_jwk =
    R"({"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",)"
    R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
constexpr std::string_view rfc_eddsa_signed_text =
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
constexpr std::string_view rfc_eddsa_signature =
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

// RFC 7519 section 6.1
constexpr std::string_view rfc_unsecured_header = "eyJhbGciOiJub25lIn0";

struct rfc_example {
  std::string_view jwk;
  std::string token;
};

std::string rfc_token(std::string_view header, std::string_view signature) {
  return fmt::format("{}.{}.{}", header, rfc_7515_payload, signature);
}

std::vector<rfc_example> rfc_examples() {
  return {{rfc_hs256_jwk, rfc_token(rfc_hs256_header, rfc_hs256_signature)},
          {rfc_rs256_jwk, rfc_token(rfc_rs256_header, rfc_rs256_signature)},
          {rfc_es256_jwk, rfc_token(rfc_es256_header, rfc_es256_signature)}};
}

TEST(RfcVectors, TokensOfJwsHold) {
  token_rules of_joe;
  of_joe.issuer = "joe";
  for (const auto& [jwk, token] : rfc_examples()) {
    const auto keys = key_set_of({jwk});
    EXPECT_EQ(refusal_of(token, keys, {}, rfc_7515_exp - 1), "accepted") << jwk;
    EXPECT_EQ(refusal_of(token, keys, of_joe, rfc_7515_exp - 1), "accepted") << jwk;
    EXPECT_EQ(refusal_of(token, keys, {}, rfc_7515_exp), "has expired") << jwk;
    EXPECT_EQ(refusal_of(token, keys, {}, sample_time), "has expired") << jwk;
  }
}

TEST(RfcVectors, TokensOfJwsAreOfTheirKeysOnly) {
  for (const auto& [jwk, token] : rfc_examples())
    for (const auto& [other_jwk, other_token] : rfc_examples())
      EXPECT_EQ(refusal_of(token, key_set_of({other_jwk}), {}, rfc_7515_exp - 1) == "accepted",
                jwk == other_jwk)
          << jwk << other_jwk;
}

TEST(RfcVectors, AKeyWithAnIdIsNotForTokensWithoutOne) {
  for (const auto& [jwk, token] : rfc_examples()) {
    auto with_id = nlohmann::json::parse(jwk);
    with_id["kid"] = "2011-04-29";
    EXPECT_EQ(refusal_of(token, key_set_of({with_id.dump()}), {}, rfc_7515_exp - 1), "has no kid");
  }
}

TEST(RfcVectors, TheSignatureOfEd25519Verifies) {
  const auto parsed = token_key::parse(nlohmann::json::parse(rfc_eddsa_jwk));
  ASSERT_TRUE(std::holds_alternative<token_key>(parsed));
  const auto& key = std::get<token_key>(parsed);
  auto signature = base64url_decoded(rfc_eddsa_signature).value_or("");
  EXPECT_TRUE(key.verifies(rfc_eddsa_signed_text, signature));
  EXPECT_FALSE(key.verifies(rfc_eddsa_signed_text.substr(1), signature));
  signature.at(0) ^= 1;
  EXPECT_FALSE(key.verifies(rfc_eddsa_signed_text, signature));
}

// Its payload, "Example of Ed25519 signing", is no JSON.
TEST(RfcVectors, TheJwsOfEd25519IsNoToken) {
  const auto token = fmt::format("{}.{}", rfc_eddsa_signed_text, rfc_eddsa_signature);
  EXPECT_EQ(refusal_of(token, key_set_of({rfc_eddsa_jwk})),
            "has a payload that is not one JSON object within the limits");
}

TEST(RfcVectors, AnUnsecuredTokenIsRefused) {
  const auto unsecured = rfc_token(rfc_unsecured_header, "");
  for (const auto& [jwk, token] : rfc_examples())
    EXPECT_EQ(refusal_of(unsecured, key_set_of({jwk}), {}, rfc_7515_exp - 1),
              "has an alg that is not the one of its key");
  EXPECT_EQ(refusal_of(unsecured, sample_keys(), {}, rfc_7515_exp - 1), "has no kid");
}

TEST(RfcVectors, AnUnsecuredTokenWithASignatureIsRefused) {
  for (const auto& [jwk, token] : rfc_examples()) {
    const auto signature = token.substr(token.rfind('.') + 1);
    EXPECT_NE(refusal_of(rfc_token(rfc_unsecured_header, signature), key_set_of({jwk}), {},
                         rfc_7515_exp - 1),
              "accepted");
  }
}

}  // namespace
}  // namespace ws_demo
