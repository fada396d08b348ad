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
#include <map>
#include <regex>
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

class nats_test : public ::testing::Test {
 protected:
  options nats_options() const {
    auto o = publishing();
    o.nats_servers = {nats.url()};
    return o;
  }

  /// A server that is ready, and requests to it.
  class node {
   public:
    explicit node(const nats_test& of) : node(of.nats_options()) {}
    explicit node(const options& o) : server_(o) { wait_until_ready(port()); }

    std::uint16_t port() const { return server_.port(); }
    /// @param key Idempotency-Key; empty for none
    std::string publish(const std::string& topic, const std::string& payload,
                        const std::string& key = {}) const {
      return post("/topics/" + topic, "application/json", payload, key);
    }
    std::string publish_lines(const std::string& lines, const std::string& key = {}) const {
      return post("/publish", "application/x-ndjson", lines, key);
    }

   private:
    std::string post(const std::string& path, const std::string& type, const std::string& body,
                     const std::string& key) const {
      raw_client client(port());
      const auto field = key.empty() ? "" : "Idempotency-Key: " + key + "\r\n";
      client.send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
                  token + "\r\nContent-Type: " + type + "\r\n" + field +
                  "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
      return client.read_answer();
    }

    test_server server_;
  };

  /// In an answer that is 200.
  static std::string id_in(const std::string& answer) {
    std::smatch found;
    EXPECT_TRUE(std::regex_search(answer, found, std::regex(R"re("id":"([0-9a-z]+:\d+)")re")))
        << answer;
    return found[1];
  }
  static std::string event(const std::string& topic, const std::string& payload,
                           const std::string& id) {
    return R"({"topic":")" + topic + R"(","payload":)" + payload + R"(,"id":")" + id + R"("})";
  }

  nats_server nats;
};

}  // namespace ws_demo::testing
