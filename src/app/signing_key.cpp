#include "app/signing_key.hpp"

#include "common/base64url.hpp"

#include <nlohmann/json.hpp>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include <array>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace ws_demo {
namespace {

using evp_key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using big_number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;

constexpr int rsa_bits = 2048;
constexpr int p256_bytes = 32;
constexpr std::size_t ed25519_bytes = 32;

/// A member of a JWK, and the number of OpenSSL's key that it is.
struct number_name {
  const char* member;
  const char* parameter;
};
constexpr std::array rsa_numbers{number_name{"n", OSSL_PKEY_PARAM_RSA_N},
                                 number_name{"e", OSSL_PKEY_PARAM_RSA_E},
                                 number_name{"d", OSSL_PKEY_PARAM_RSA_D},
                                 number_name{"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
                                 number_name{"q", OSSL_PKEY_PARAM_RSA_FACTOR2},
                                 number_name{"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
                                 number_name{"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2},
                                 number_name{"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}};
/// What is not secret of all types but HS256's.
constexpr std::array public_members{"alg", "crv", "e", "kid", "kty", "n", "use", "x", "y"};

void require(bool holds) {
  if (!holds) throw std::runtime_error("the key cannot be made or used");
}

unsigned char* bytes_in(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}
const unsigned char* bytes_in(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  require(RAND_bytes(bytes_in(bytes), static_cast<int>(count)) == 1);
  return bytes;
}

/// @param width with zeros before the number; 0 for as many bytes as it has
std::string bytes_of(const BIGNUM* number, int width = 0) {
  std::string bytes(static_cast<std::size_t>(width > 0 ? width : BN_num_bytes(number)), '\0');
  require(BN_bn2binpad(number, bytes_in(bytes), static_cast<int>(bytes.size())) >= 0);
  return bytes;
}

std::string number_of(const evp_key& key, const char* parameter, int width = 0) {
  BIGNUM* number = nullptr;
  require(EVP_PKEY_get_bn_param(key.get(), parameter, &number) == 1);
  const big_number owned(number, BN_free);
  return bytes_of(number, width);
}

std::string bytes_member(const nlohmann::json& key, const char* name) {
  const auto found = key.find(name);
  require(found != key.end() && found->is_string());
  const auto bytes = base64url_decoded(found->get_ref<const std::string&>());
  require(bytes.has_value());
  return bytes.value_or("");
}

/// Numbers and a point of which OpenSSL makes a key. It refers to them until then.
class key_builder {
 public:
  void add(const char* parameter, std::string_view big_endian) {
    numbers_.emplace_back(
        BN_bin2bn(bytes_in(big_endian), static_cast<int>(big_endian.size()), nullptr), BN_free);
    require(OSSL_PARAM_BLD_push_BN(from_.get(), parameter, numbers_.back().get()) == 1);
  }
  void add_point(const char* curve, std::string point) {
    point_ = std::move(point);
    require(OSSL_PARAM_BLD_push_utf8_string(from_.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve, 0) ==
            1);
    require(OSSL_PARAM_BLD_push_octet_string(from_.get(), OSSL_PKEY_PARAM_PUB_KEY, point_.data(),
                                             point_.size()) == 1);
  }
  evp_key make(const char* type) {
    const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> all(
        OSSL_PARAM_BLD_to_param(from_.get()), OSSL_PARAM_free);
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr), EVP_PKEY_CTX_free);
    EVP_PKEY* key = nullptr;
    require(all && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
            EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, all.get()) == 1);
    return {key, EVP_PKEY_free};
  }

 private:
  std::vector<big_number> numbers_;
  std::string point_;
  std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> from_{OSSL_PARAM_BLD_new(),
                                                                        OSSL_PARAM_BLD_free};
};

evp_key private_key(const nlohmann::json& jwk, token_algorithm a) {
  key_builder from;
  if (a == token_algorithm::rs256) {
    for (const auto& [member, parameter] : rsa_numbers)
      from.add(parameter, bytes_member(jwk, member));
    return from.make("RSA");
  }
  if (a == token_algorithm::es256) {
    from.add_point("P-256", '\4' + bytes_member(jwk, "x") + bytes_member(jwk, "y"));
    from.add(OSSL_PKEY_PARAM_PRIV_KEY, bytes_member(jwk, "d"));
    return from.make("EC");
  }
  const auto d = bytes_member(jwk, "d");
  evp_key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_in(d), d.size()),
              EVP_PKEY_free);
  require(key != nullptr);
  return key;
}

/// r and s side by side (RFC 7518 section 3.4).
std::string sides_of(std::string_view der) {
  const unsigned char* at = bytes_in(der);
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> both(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), ECDSA_SIG_free);
  require(both != nullptr);
  return bytes_of(ECDSA_SIG_get0_r(both.get()), p256_bytes) +
         bytes_of(ECDSA_SIG_get0_s(both.get()), p256_bytes);
}

std::string signature(const nlohmann::json& jwk, token_algorithm a, std::string_view text) {
  std::string made(EVP_MAX_MD_SIZE, '\0');
  if (a == token_algorithm::hs256) {
    const auto secret = bytes_member(jwk, "k");
    unsigned size = 0;
    require(HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes_in(text),
                 text.size(), bytes_in(made), &size) != nullptr);
    made.resize(size);
    return made;
  }
  const auto key = private_key(jwk, a);
  const auto* const digest = a == token_algorithm::eddsa ? nullptr : EVP_sha256();
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  std::size_t size = 0;
  require(context && EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key.get()) == 1 &&
          EVP_DigestSign(context.get(), nullptr, &size, bytes_in(text), text.size()) == 1);
  made.resize(size);
  require(EVP_DigestSign(context.get(), bytes_in(made), &size, bytes_in(text), text.size()) == 1);
  made.resize(size);
  return a == token_algorithm::es256 ? sides_of(made) : made;
}

void add_rsa(nlohmann::json& jwk) {
  const evp_key key(EVP_RSA_gen(rsa_bits), EVP_PKEY_free);
  require(key != nullptr);
  jwk["kty"] = "RSA";
  for (const auto& [member, parameter] : rsa_numbers)
    jwk[member] = base64url(number_of(key, parameter));
}

void add_p256(nlohmann::json& jwk) {
  const evp_key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  require(key != nullptr);
  jwk["kty"] = "EC";
  jwk["crv"] = "P-256";
  jwk["x"] = base64url(number_of(key, OSSL_PKEY_PARAM_EC_PUB_X, p256_bytes));
  jwk["y"] = base64url(number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y, p256_bytes));
  jwk["d"] = base64url(number_of(key, OSSL_PKEY_PARAM_PRIV_KEY, p256_bytes));
}

void add_ed25519(nlohmann::json& jwk) {
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nullptr), EVP_PKEY_CTX_free);
  EVP_PKEY* made = nullptr;
  require(context && EVP_PKEY_keygen_init(context.get()) == 1 &&
          EVP_PKEY_keygen(context.get(), &made) == 1);
  const evp_key key(made, EVP_PKEY_free);
  std::string x(ed25519_bytes, '\0');
  std::string d(ed25519_bytes, '\0');
  auto size = x.size();
  require(EVP_PKEY_get_raw_public_key(key.get(), bytes_in(x), &size) == 1 &&
          EVP_PKEY_get_raw_private_key(key.get(), bytes_in(d), &size) == 1);
  jwk["kty"] = "OKP";
  jwk["crv"] = "Ed25519";
  jwk["x"] = base64url(x);
  jwk["d"] = base64url(d);
}

}  // namespace

nlohmann::json make_signing_key(token_algorithm a, const std::string& id) {
  nlohmann::json jwk{{"kid", id}, {"alg", name_of(a)}, {"use", "sig"}};
  switch (a) {
    case token_algorithm::hs256:
      jwk["kty"] = "oct";
      jwk["k"] = base64url(random_bytes(min_secret_bytes));
      break;
    case token_algorithm::rs256:
      add_rsa(jwk);
      break;
    case token_algorithm::es256:
      add_p256(jwk);
      break;
    case token_algorithm::eddsa:
      add_ed25519(jwk);
      break;
  }
  return jwk;
}

nlohmann::json public_part(const nlohmann::json& key) {
  if (key.contains("k")) return nullptr;
  nlohmann::json part;
  for (const char* const name : public_members)
    if (key.contains(name)) part[name] = key[name];
  return part;
}

bool can_sign(const nlohmann::json& key) {
  return std::holds_alternative<token_key>(token_key::parse(key)) &&
         (key.contains("k") || key.contains("d"));
}

std::string sign_token(const nlohmann::json& key, const nlohmann::json& claims) {
  const auto parsed = token_key::parse(key);
  const auto* const known = std::get_if<token_key>(&parsed);
  require(known != nullptr);
  nlohmann::json header{{"alg", name_of(known->algorithm())}, {"typ", "JWT"}};
  if (!known->id().empty()) header["kid"] = known->id();
  const auto text = base64url(header.dump()) + '.' + base64url(claims.dump());
  return text + '.' + base64url(signature(key, known->algorithm(), text));
}

}  // namespace ws_demo
