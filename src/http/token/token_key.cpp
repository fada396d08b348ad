#include "http/token/token_key.hpp"

#include "common/base64url.hpp"
#include "common/text.hpp"
#include "http/token/json_object.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <array>
#include <utility>

namespace ws_demo {
namespace {

constexpr std::array algorithm_names{"HS256", "RS256", "ES256", "EdDSA"};
constexpr std::size_t p256_coordinate_bytes = 32;
constexpr std::size_t ed25519_key_bytes = 32;

/// In a set.
constexpr std::size_t max_keys = 1000;

/// Leaves no errors to others on this thread that look at OpenSSL's queue of them.
class no_errors_left {
 public:
  no_errors_left() { ERR_set_mark(); }
  ~no_errors_left() { ERR_pop_to_mark(); }
  no_errors_left(const no_errors_left&) = delete;
  no_errors_left& operator=(const no_errors_left&) = delete;
};

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};
using big_number = std::unique_ptr<BIGNUM, freed_by<BN_free>>;
using digest_context = std::unique_ptr<EVP_MD_CTX, freed_by<EVP_MD_CTX_free>>;
using ecdsa_signature = std::unique_ptr<ECDSA_SIG, freed_by<ECDSA_SIG_free>>;
using key_context = std::unique_ptr<EVP_PKEY_CTX, freed_by<EVP_PKEY_CTX_free>>;
using parameter_builder = std::unique_ptr<OSSL_PARAM_BLD, freed_by<OSSL_PARAM_BLD_free>>;
using parameters = std::unique_ptr<OSSL_PARAM, freed_by<OSSL_PARAM_free>>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

big_number number_from(std::string_view big_endian) {
  return big_number(BN_bin2bn(bytes_of(big_endian), static_cast<int>(big_endian.size()), nullptr));
}

/// A member in base64url; empty where there is none.
std::string bytes_member(const nlohmann::json& jwk, std::string_view name) {
  const auto* const text = string_member(jwk, name);
  return text ? base64url_decoded(*text).value_or("") : "";
}

/// Null where OpenSSL takes it for no key of this type.
std::shared_ptr<EVP_PKEY> public_key(const char* type, const parameter_builder& from) {
  const parameters all(OSSL_PARAM_BLD_to_param(from.get()));
  const key_context context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!all || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, all.get()) != 1)
    return nullptr;
  std::shared_ptr<EVP_PKEY> owned(key, EVP_PKEY_free);
  const key_context check(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  if (!check || EVP_PKEY_public_check(check.get()) != 1) return nullptr;
  return owned;
}

std::shared_ptr<EVP_PKEY> rsa_key(const nlohmann::json& jwk) {
  const auto n = number_from(bytes_member(jwk, "n"));
  const auto e = number_from(bytes_member(jwk, "e"));
  const parameter_builder from(OSSL_PARAM_BLD_new());
  if (!n || !e || !from || BN_num_bits(n.get()) > max_rsa_bits || BN_num_bits(e.get()) > 32 ||
      OSSL_PARAM_BLD_push_BN(from.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(from.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return nullptr;
  return public_key("RSA", from);
}

std::shared_ptr<EVP_PKEY> p256_key(const nlohmann::json& jwk) {
  constexpr char uncompressed = 4;  // SEC 1 section 2.3.3
  const auto x = bytes_member(jwk, "x");
  const auto y = bytes_member(jwk, "y");
  if (x.size() != p256_coordinate_bytes || y.size() != p256_coordinate_bytes) return nullptr;
  const auto point = uncompressed + x + y;
  const parameter_builder from(OSSL_PARAM_BLD_new());
  if (!from ||
      OSSL_PARAM_BLD_push_utf8_string(from.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(from.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1)
    return nullptr;
  return public_key("EC", from);
}

std::shared_ptr<EVP_PKEY> ed25519_key(const nlohmann::json& jwk) {
  const auto x = bytes_member(jwk, "x");
  if (x.size() != ed25519_key_bytes) return nullptr;
  return {EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(x), x.size()),
          EVP_PKEY_free};
}

/// JSON Web Signatures have r and s side by side (RFC 7518 section 3.4), OpenSSL in DER; empty
/// where it is not that.
std::string der_signature(std::string_view sides) {
  if (sides.size() != 2 * p256_coordinate_bytes) return {};
  auto r = number_from(sides.substr(0, p256_coordinate_bytes));
  auto s = number_from(sides.substr(p256_coordinate_bytes));
  const ecdsa_signature both(ECDSA_SIG_new());
  if (!r || !s || !both) return {};
  ECDSA_SIG_set0(both.get(), r.release(), s.release());  // fails only for null
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(both.get(), &der);
  if (size <= 0) return {};
  std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

bool verifies_with(EVP_PKEY* key, const EVP_MD* digest, std::string_view text,
                   std::string_view signature) {
  const digest_context context(EVP_MD_CTX_new());
  return context && EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text),
                          text.size()) == 1;
}

/// What the type of a key, and its curve, can be used for.
std::optional<token_algorithm> algorithm_of(const nlohmann::json& jwk) {
  const auto* const type = string_member(jwk, "kty");
  const auto* const curve = string_member(jwk, "crv");
  if (!type) return std::nullopt;
  if (*type == "oct") return token_algorithm::hs256;
  if (*type == "RSA") return token_algorithm::rs256;
  if (*type == "EC" && curve && *curve == "P-256") return token_algorithm::es256;
  if (*type == "OKP" && curve && *curve == "Ed25519") return token_algorithm::eddsa;
  return std::nullopt;
}

/// Why the key is not for these signatures of tokens (RFC 7517 section 4); empty if it is.
std::string_view reason_not_to_use(const nlohmann::json& jwk, token_algorithm algorithm) {
  const auto* const use = string_member(jwk, "use");
  if (jwk.contains("use") && (!use || *use != "sig")) return "its use is not sig";
  const auto operations = strings_member(jwk, "key_ops");
  const bool may_verify = operations && std::ranges::any_of(*operations, [](const auto& o) {
                            return o == "verify" || o == "sign";
                          });
  if (jwk.contains("key_ops") && !may_verify) return "its key_ops are not verify";
  const auto* const named = string_member(jwk, "alg");
  if (jwk.contains("alg") && (!named || *named != name_of(algorithm)))
    return "its alg is not one of HS256, RS256, ES256 and EdDSA, or not of its type";
  return {};
}

}  // namespace

std::string_view name_of(token_algorithm a) {
  return algorithm_names.at(static_cast<std::size_t>(a));
}

std::optional<token_algorithm> token_algorithm_named(std::string_view name) {
  const auto* const found = std::ranges::find(algorithm_names, name);
  if (found == algorithm_names.end()) return std::nullopt;
  return static_cast<token_algorithm>(found - algorithm_names.begin());
}

token_key::token_key(std::string id, token_algorithm a, evp_key key, std::string secret)
    : id_(std::move(id)), algorithm_(a), key_(std::move(key)), secret_(std::move(secret)) {}

std::variant<token_key, token_key::unused, token_key::invalid> token_key::parse(
    const nlohmann::json& jwk) {
  const no_errors_left clean;
  if (!jwk.is_object()) return invalid{"it is not an object"};
  const auto* const id = string_member(jwk, "kid");
  if (jwk.contains("kid") && (!id || id->empty())) return invalid{"its kid is not a string"};
  const auto known = algorithm_of(jwk);
  if (!known)
    return unused{"its type or curve is not one of HS256, RS256, ES256 and EdDSA (Ed25519)"};
  const auto algorithm = *known;
  if (const auto why = reason_not_to_use(jwk, algorithm); !why.empty())
    return unused{std::string(why)};
  evp_key key;
  std::string secret;
  switch (algorithm) {
    case token_algorithm::hs256:
      secret = bytes_member(jwk, "k");
      if (secret.empty()) return invalid{"its k is not base64url"};
      if (secret.size() < min_secret_bytes)
        return invalid{fmt::format("it has {} bytes; HS256 needs {} or more", secret.size(),
                                   min_secret_bytes)};
      return token_key(id ? *id : "", algorithm, nullptr, std::move(secret));
    case token_algorithm::rs256:
      key = rsa_key(jwk);
      if (key && EVP_PKEY_get_bits(key.get()) < min_rsa_bits)
        return invalid{fmt::format("it has {} bits; RS256 needs {} or more",
                                   EVP_PKEY_get_bits(key.get()), min_rsa_bits)};
      break;
    case token_algorithm::es256:
      key = p256_key(jwk);
      break;
    case token_algorithm::eddsa:
      key = ed25519_key(jwk);
      break;
  }
  if (!key) return invalid{fmt::format("it is not a key for {}", name_of(algorithm))};
  return token_key(id ? *id : "", algorithm, std::move(key), {});
}

bool token_key::verifies(std::string_view text, std::string_view signature) const {
  const no_errors_left clean;
  if (algorithm_ == token_algorithm::hs256) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
    unsigned size = 0;
    return HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), bytes_of(text),
                text.size(), code.data(), &size) != nullptr &&
           size == signature.size() && CRYPTO_memcmp(code.data(), signature.data(), size) == 0;
  }
  if (algorithm_ == token_algorithm::eddsa)
    return verifies_with(key_.get(), nullptr, text, signature);
  if (algorithm_ == token_algorithm::rs256)
    return verifies_with(key_.get(), EVP_sha256(), text, signature);
  const auto der = der_signature(signature);
  return !der.empty() && verifies_with(key_.get(), EVP_sha256(), text, der);
}

std::variant<token_key_set, std::string> token_key_set::parse(std::string_view text,
                                                              std::vector<std::string>& unused) {
  const auto set = parse_json_object(text, max_keys + 1);
  if (!set || !set->contains("keys") || !set->at("keys").is_array())
    return R"(it is not a JWK Set: {"keys":[...]})";
  token_key_set result;
  std::size_t number = 0;
  for (const auto& jwk : set->at("keys")) {
    ++number;
    const auto* const id = jwk.is_object() ? string_member(jwk, "kid") : nullptr;
    const auto name = id ? fmt::format("key '{}'", printable(*id)) : fmt::format("key {}", number);
    auto parsed = token_key::parse(jwk);
    if (const auto* const wrong = std::get_if<token_key::invalid>(&parsed))
      return fmt::format("{}: {}", name, wrong->why);
    if (const auto* const other = std::get_if<token_key::unused>(&parsed)) {
      unused.push_back(fmt::format("{}: {}", name, other->why));
      continue;
    }
    auto& key = std::get<token_key>(parsed);
    if (result.find(key.id()))
      return key.id().empty() ? "two keys have no kid" : fmt::format("{}: it is there twice", name);
    result.keys_.push_back(std::move(key));
  }
  if (result.keys_.empty()) return "it has no key for HS256, RS256, ES256 or EdDSA";
  return result;
}

const token_key* token_key_set::find(std::string_view id) const {
  const auto found = std::ranges::find(keys_, id, &token_key::id);
  return found == keys_.end() ? nullptr : &*found;
}

}  // namespace ws_demo
