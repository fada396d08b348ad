#pragma once

// Who may subscribe and publish: the built-in decision (http/token_policy.hpp), or the program's
// own (server::on_authorize()), which gets that one and may take time.
//
// The server owns it. Threads: the io_context's only.

#include "common/limited_log.hpp"
#include "http/message.hpp"
#include "http/origin.hpp"
#include "http/token_policy.hpp"
#include "net/asio.hpp"
#include "net/connection.hpp"
#include "net/round_robin.hpp"
#include "ws_demo/access.hpp"
#include "ws_demo/options.hpp"

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace ws_demo {

class access_control {
 public:
  using authorizer = std::function<access_decision(const access_request&)>;
  using async_authorizer = std::function<task<access_decision>(const access_request&)>;

  /// @param o and log outlive it.
  /// @throws as token_policy
  access_control(const options& o, limited_log& log) : options_(o), log_(log), tokens_(o) {}

  token_policy& tokens() { return tokens_; }
  void set_authorizer(authorizer decide) { program_ = std::move(decide); }
  void set_authorizer(async_authorizer decide) {
    program_ = std::make_shared<const async_authorizer>(std::move(decide));
  }

  /// @param request outlives the coroutine.
  /// @param topics as of access_request
  /// @returns a decision that holds: with topics if there is no refusal, all of them valid, and, of
  /// a publication on one topic, including that one.
  task<access_decision> decide(connection& from, const request_head& request, origin_access access,
                               access_action action, std::vector<std::string> topics,
                               round_robin& turns) const;

 private:
  task<access_decision> ask_program(connection& from, access_request request) const;

  const options& options_;
  limited_log& log_;
  token_policy tokens_;
  // The last is shared with its coroutines, which may go on after the server.
  std::variant<std::monostate, authorizer, std::shared_ptr<const async_authorizer>> program_;
};

}  // namespace ws_demo
