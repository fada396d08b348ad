#pragma once

// A NATS server with JetStream on loopback, which can be ended and started again with what it has
// stored, and a client that is not ws-demo.

#include "events/nats/nats_client.hpp"
#include "program.hpp"
#include "scratch_folder.hpp"
#include "ws_demo/options.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ws_demo::testing {

class nats_server {
 public:
  /// @param more options of nats-server
  explicit nats_server(std::vector<std::string> more = {});

  /// Starts it on the same port, or another one.
  void start() { start_on(std::to_string(port_)); }
  void start_elsewhere() { start_on("-1"); }
  void start_on(const std::string& port);
  /// Ends it at once.
  void kill();
  void signal(int number) const { running_->signal(number); }

  std::uint16_t port() const { return port_; }
  std::string url() const { return "nats://127.0.0.1:" + std::to_string(port_); }
  /// Publishes as other programs do.
  void publish(const std::string& subject, const std::string& data, const std::string& key = {});
  /// Asks JetStream: `STREAM.INFO.ws_demo`.
  nlohmann::json ask(const std::string& what, const nlohmann::json& request = {});

 private:
  options connect_options() const;

  std::vector<std::string> more_;
  scratch_folder stored_;
  std::uint16_t port_ = 0;
  std::unique_ptr<program> running_;
};

}  // namespace ws_demo::testing
