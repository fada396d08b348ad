#pragma once

// Servers whose event log is one NATS server.

#include "deadline.hpp"
#include "http_get.hpp"
#include "nats_server.hpp"
#include "publish_fixture.hpp"
#include "raw_client.hpp"
#include "test_server.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace ws_demo::testing {

/// Asks again and again, until the answer is right.
template <class Condition>
void wait_until(const Condition& condition) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition())
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("it does not come");
}

inline void wait_until_ready(std::uint16_t port) {
  wait_until([&] { return is(get(port, "/readyz"), 200); });
}

/// A server that is ready, and requests to it.
class ready_server {
 public:
  explicit ready_server(const options& o) : server_(o) { wait_until_ready(port()); }

  std::uint16_t port() const { return server_.port(); }
  /// @param key Idempotency-Key; empty for none
  std::string publish(const std::string& topic, const std::string& payload,
                      const std::string& key = {}) const {
    return post("/topics/" + topic, payload, key);
  }
  std::string publish_lines(const std::string& lines, const std::string& key = {}) const {
    return post("/publish", lines, key);
  }
  void stop() { server_.stop(); }
  bool stopped() { return server_.stopped(); }

 private:
  std::string post(const std::string& path, const std::string& body, const std::string& key) const {
    raw_client client(port());
    client.send(request_to_publish(path, body, {{"Idempotency-Key", key}}));
    return client.read_answer();
  }

  test_server server_;
};

class nats_test : public ::testing::Test {
 protected:
  options nats_options() const {
    auto o = publishing();
    o.nats_servers = {nats.url()};
    return o;
  }

  class node : public ready_server {
   public:
    using ready_server::ready_server;
    explicit node(const nats_test& of) : ready_server(of.nats_options()) {}
  };

  nats_server nats;
};

}  // namespace ws_demo::testing
