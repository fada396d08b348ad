#pragma once

// A file with a key, for a server, and tokens that are signed with it.

#include "common/base64url.hpp"
#include "scratch_file.hpp"
#include "test_server.hpp"
#include "test_tokens.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <fstream>
#include <string>
#include <vector>

namespace ws_demo::testing {

/// Seconds since 1970, so much from now.
inline std::int64_t seconds_from_now(std::chrono::seconds delay) {
  const auto then = std::chrono::system_clock::now() + delay;
  return std::chrono::duration_cast<std::chrono::seconds>(then.time_since_epoch()).count();
}

/// `exp` in an hour, and what may be subscribed to.
inline nlohmann::json claims_to_subscribe(const std::vector<std::string>& topics) {
  return {{"exp", seconds_from_now(std::chrono::hours(1))}, {"subscribe", topics}};
}

/// A file with one key of this name; its secret is made of the name.
class token_keys {
 public:
  explicit token_keys(const std::string& name = "k1") : file_("keys_" + name) { write(name); }

  std::string path() const { return file_.path(); }
  /// Replaces the key in the file, and signs with the new one from now on.
  void write(const std::string& name) {
    name_ = name;
    secret_ = std::string(32, 'x') + name;
    const nlohmann::json key{
        {"kty", "oct"}, {"alg", "HS256"}, {"kid", name}, {"k", base64url(secret_)}};
    write_text(nlohmann::json{{"keys", {key}}}.dump());
  }
  void write_text(const std::string& text) const { std::ofstream(path()) << text; }

  std::string sign(const nlohmann::json& claims) const {
    const nlohmann::json header{{"alg", "HS256"}, {"kid", name_}};
    return hmac_token(header.dump(), claims.dump(), secret_);
  }
  std::string sign_for(const std::vector<std::string>& topics) const {
    return sign(claims_to_subscribe(topics));
  }

 private:
  scratch_file file_;
  std::string name_;
  std::string secret_;
};

/// Options of a server with these keys.
inline options guarded(const token_keys& by) {
  auto o = quiet();
  o.token_keys_file = by.path();
  return o;
}

inline std::string bearer(const std::string& token) {
  return "Authorization: Bearer " + token + "\r\n";
}

}  // namespace ws_demo::testing
