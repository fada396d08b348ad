#pragma once

// The built-in decision on who may subscribe and publish: by signed token
// (options::token_keys_file) and by the one token of publishers (options::publish_token).
//
// The server owns it. Threads: the io_context's only.

#include "events/topic_set.hpp"
#include "http/message.hpp"
#include "http/origin.hpp"
#include "http/token/json_web_token.hpp"
#include "ws_demo/access.hpp"
#include "ws_demo/options.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace ws_demo {

class token_policy {
 public:
  /// Reads the keys.
  /// @param o outlives it.
  /// @throws std::runtime_error, one line, if they cannot be used
  explicit token_policy(const options& o);

  /// Reads them again, if there is a file of them. Who has connected with a key that is gone stays
  /// until its token expires.
  /// @throws as the constructor; the keys stay as they were then.
  void reload_keys();

  bool has_keys() const { return keys_.size() > 0; }
  /// Whether decide() would verify a signature, which takes a tenth of a millisecond or
  /// more.
  bool needs_token(access_action action, const std::vector<std::string>& topics) const;

  /// @param access of the request's origin, which has been checked
  /// @param topics as of access_request
  access_decision decide(const request_head& request, origin_access access, access_action action,
                         const std::vector<std::string>& topics,
                         std::chrono::system_clock::time_point now) const;

 private:
  access_decision decide_subscription(const std::string& token,
                                      const std::vector<std::string>& topics,
                                      std::chrono::system_clock::time_point now) const;
  access_decision decide_publication(const std::string& token,
                                     std::chrono::system_clock::time_point now) const;

  const options& options_;
  const token_rules rules_;
  const topic_set public_topics_;
  token_key_set keys_;  // empty where tokens are not asked for
};

}  // namespace ws_demo
