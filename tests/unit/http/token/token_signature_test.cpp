// Signatures that are not in the form of their algorithm, and what else a token may be too much of.

#include "test_tokens.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/err.h>

#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace ws_demo {
namespace {

using testing::eddsa_token;
using testing::es256_token;
using testing::hmac_token;
using testing::key_set_text;
using testing::refusal_of;
using testing::sample_tokens;

constexpr std::string_view bad_signature = "has a wrong signature";

/// Why the token is refused with these bytes as its signature.
std::string refusal_signed_with(std::string_view token, std::string_view signature) {
  const auto text = token.substr(0, token.rfind('.'));
  return refusal_of(fmt::format("{}.{}", text, base64url(signature)));
}

std::string signature_of(std::string_view token) {
  return base64url_decoded(token.substr(token.rfind('.') + 1)).value_or("");
}

TEST(TokenSignature, OfOtherSizesAreRefused) {
  for (const auto token : sample_tokens) {
    const auto signature = signature_of(token);
    ASSERT_EQ(refusal_signed_with(token, signature), "accepted");
    for (std::size_t size = 0; size < signature.size(); ++size)
      ASSERT_EQ(refusal_signed_with(token, signature.substr(0, size)), bad_signature) << size;
    for (const std::size_t more : {1U, 2U, 32U, 64U, 256U})
      EXPECT_EQ(refusal_signed_with(token, signature + std::string(more, '\0')), bad_signature);
    EXPECT_EQ(refusal_signed_with(token, '\0' + signature), bad_signature);
    EXPECT_EQ(refusal_signed_with(token, signature.substr(1)), bad_signature);
    EXPECT_EQ(refusal_signed_with(token, signature + signature), bad_signature);
  }
}

TEST(TokenSignature, OfOneByteOnlyAreRefused) {
  for (const auto token : sample_tokens)
    for (const char byte : {'\0', '\1', '\x7f', '\x80', '\xff'})
      EXPECT_EQ(refusal_signed_with(token, std::string(signature_of(token).size(), byte)),
                bad_signature);
}

TEST(TokenSignature, EachBitCounts) {
  for (const auto token : sample_tokens) {
    auto signature = signature_of(token);
    for (std::size_t bit = 0; bit < signature.size() * 8; bit += bit < 16 ? 1 : 7) {
      const auto mask = static_cast<char>(1U << bit % 8);
      signature[bit / 8] = static_cast<char>(signature[bit / 8] ^ mask);
      ASSERT_EQ(refusal_signed_with(token, signature), bad_signature) << bit;
      signature[bit / 8] = static_cast<char>(signature[bit / 8] ^ mask);
    }
  }
}

TEST(TokenSignature, OfEs256AreTwoNumbers) {  // RFC 7518 section 3.4
  const auto both = signature_of(es256_token);
  const auto r = both.substr(0, 32);
  const auto s = both.substr(32);
  const std::string nothing(32, '\0');
  const std::string one = nothing.substr(1) + '\1';
  const auto order = base64url_decoded("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE").value_or("");
  ASSERT_EQ(order.size(), 32U);
  const std::vector<std::string> numbers{'\0' + r + '\0' + s,
                                         r + '\0' + s,
                                         '\0' + both,
                                         s + r,
                                         r + r,
                                         s + s,
                                         nothing + s,
                                         r + nothing,
                                         nothing + nothing,
                                         one + s,
                                         r + one,
                                         one + one,
                                         order + s,
                                         r + order,
                                         order + order,
                                         nothing + order,
                                         r.substr(1) + s.substr(1),
                                         r + s.substr(1)};
  for (const auto& forged : numbers)
    EXPECT_EQ(refusal_signed_with(es256_token, forged), bad_signature);
}

// The same two numbers, and theirs in hexadecimal digits and in base64.
TEST(TokenSignature, OfEs256AreNotDer) {
  constexpr std::string_view der =
      "MEYCIQDmrUcQ-77pf32FqT3jLyW_Ql4gPmveAbbiQxp3cMBGYQIhAK7cAQ3cp1qkNZsfi2dpBIbc8_3Qc0qvApqIhwXw"
      "jldm";
  const auto bytes = base64url_decoded(der).value_or("");
  ASSERT_EQ(bytes.substr(5, 32), signature_of(es256_token).substr(0, 32));
  EXPECT_EQ(refusal_signed_with(es256_token, bytes), bad_signature);
  EXPECT_EQ(refusal_signed_with(es256_token, bytes.substr(0, 64)), bad_signature);
  std::string digits;
  for (const char byte : signature_of(es256_token))
    digits += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  EXPECT_EQ(refusal_signed_with(es256_token, digits), bad_signature);
  EXPECT_EQ(refusal_signed_with(es256_token, base64url(signature_of(es256_token))), bad_signature);
}

// The second number with the order of the group added, which verifies where that is not looked at.
TEST(TokenSignature, OfEd25519HaveOneForm) {  // RFC 8032 section 5.1.7
  constexpr std::string_view other_form =
      "Ps3eV5xZbRfIwUTBhQMLTFyt8V4fTK-zMEi-4wd6eWxTOV2i2KmwNA3zJXikjTLKJ1o1CTvjNCDV0aUoztLbFg";
  const auto bytes = base64url_decoded(other_form).value_or("");
  ASSERT_EQ(bytes.substr(0, 32), signature_of(eddsa_token).substr(0, 32));
  EXPECT_EQ(refusal_signed_with(eddsa_token, bytes), bad_signature);
}

// A signature that is wrong is the work of anybody. What OpenSSL notes about it in the thread would
// be taken for an error of its next TLS connection (SSL_get_error(3)).
TEST(TokenSignature, LeaveNothingInTheQueueOfErrors) {
  ERR_clear_error();
  for (const auto token : sample_tokens) {
    for (const std::size_t size : {0U, 1U, 32U, 64U, 256U, 300U}) {
      EXPECT_NE(refusal_signed_with(token, std::string(size, '\xff')), "accepted");
      EXPECT_EQ(ERR_peek_error(), 0U) << token << " with " << size;
      EXPECT_NE(refusal_signed_with(token, std::string(size, '\0')), "accepted");
      EXPECT_EQ(ERR_peek_error(), 0U) << token << " with " << size;
    }
    EXPECT_EQ(refusal_of(token), "accepted");
    EXPECT_EQ(ERR_peek_error(), 0U) << token;
  }
  const auto off_the_curve = fmt::format(R"({{"kty":"EC","crv":"P-256","x":"{0}","y":"{0}"}})",
                                         base64url(std::string(32, '\x01')));
  const auto* const no_modulus = R"({"kty":"RSA","n":"","e":"AQAB"})";
  for (const std::string_view jwk :
       {std::string_view(off_the_curve), std::string_view(no_modulus)}) {
    std::vector<std::string> unused;
    EXPECT_TRUE(
        std::holds_alternative<std::string>(token_key_set::parse(key_set_text({jwk}), unused)));
    EXPECT_EQ(ERR_peek_error(), 0U) << jwk;
  }
}

// What was there before is somebody else's.
TEST(TokenSignature, LeaveTheQueueOfErrorsAsItWas) {
  ERR_clear_error();
  ERR_raise(ERR_LIB_USER, 42);
  for (const auto token : sample_tokens) {
    EXPECT_EQ(refusal_signed_with(token, std::string(64, '\xff')), bad_signature);
    EXPECT_EQ(refusal_of(token), "accepted");
  }
  EXPECT_EQ(ERR_GET_REASON(ERR_peek_last_error()), 42);
  ERR_clear_error();
}

TEST(TokenSignature, AreVerifiedByManyThreadsAtOnce) {
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&wrong] {
      for (int n = 0; n < 50; ++n)
        for (const auto token : sample_tokens) {
          wrong += refusal_of(token) != "accepted";
          wrong += refusal_signed_with(token, std::string(64, 'x')) != bad_signature;
        }
    });
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

/// A token of that size, if there is one. Base64url has no text of one character more than a
/// multiple of four, so the header may need white space.
std::string token_of_size(std::size_t size) {
  for (std::size_t spaces = 0; spaces < 3; ++spaces) {
    const auto header = R"({"alg":"HS256","kid":"hs"})" + std::string(spaces, ' ');
    for (std::size_t bytes = size * 3 / 4 - 100; bytes < size * 3 / 4; ++bytes) {
      auto token =
          hmac_token(header, fmt::format(R"({{"exp":4102444800,"x":"{:x>{}}"}})", "", bytes));
      if (token.size() == size) return token;
    }
  }
  return {};
}

TEST(TokenLimits, ATokenHas4096BytesOrFewer) {
  for (const std::size_t size : {4093U, 4094U, 4095U, 4096U})
    EXPECT_EQ(refusal_of(token_of_size(size)), "accepted") << size;
  ASSERT_EQ(token_of_size(4097).size(), 4097U);
  EXPECT_EQ(refusal_of(token_of_size(4097)), "is longer than 4096 bytes");
  EXPECT_EQ(refusal_of(std::string(1'000'000, 'A')), "is longer than 4096 bytes");
  EXPECT_EQ(refusal_of(std::string(4097, '.')), "is longer than 4096 bytes");
  EXPECT_NE(refusal_of(std::string(4096, '.')), "is longer than 4096 bytes");
}

TEST(TokenLimits, ItsPartsAreNestedEightDeepOrLess) {
  const auto nested_token = [](std::size_t header_depth, std::size_t payload_depth) {
    const auto arrays = [](std::size_t depth) {
      return std::string(depth - 1, '[') + std::string(depth - 1, ']');
    };
    return hmac_token(fmt::format(R"({{"alg":"HS256","kid":"hs","x":{}}})", arrays(header_depth)),
                      fmt::format(R"({{"exp":4102444800,"x":{}}})", arrays(payload_depth)));
  };
  EXPECT_EQ(refusal_of(nested_token(8, 8)), "accepted");
  EXPECT_EQ(refusal_of(nested_token(9, 8)),
            "has a header that is not one JSON object within the limits");
  EXPECT_EQ(refusal_of(nested_token(8, 9)),
            "has a payload that is not one JSON object within the limits");
  EXPECT_EQ(refusal_of(nested_token(8, 1000)),
            "has a payload that is not one JSON object within the limits");
}

TEST(TokenLimits, ItsPartsAreJsonObjects) {
  constexpr std::string_view header = R"({"alg":"HS256","kid":"hs"})";
  for (const std::string_view other :
       {std::string_view(""), std::string_view("[]"), std::string_view("null"),
        std::string_view("\"x\""), std::string_view("{"), std::string_view("{}x"),
        std::string_view("{}\0", 3), std::string_view("\xef\xbb\xbf{}"),
        std::string_view("{\"a\":\"\xff\"}"), std::string_view("\0", 1)}) {
    EXPECT_EQ(refusal_of(hmac_token(header, other)),
              "has a payload that is not one JSON object within the limits");
    EXPECT_EQ(refusal_of(hmac_token(other, R"({"exp":4102444800})")),
              "has a header that is not one JSON object within the limits");
  }
}

}  // namespace
}  // namespace ws_demo
