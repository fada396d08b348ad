#pragma once

// A server that accepts events over HTTP, and requests to publish.

#include "raw_client.hpp"
#include "test_server.hpp"

#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <string>
#include <utility>

namespace ws_demo::testing {

inline const std::string token = "a token that nobody guesses";

inline options publishing() {
  auto o = quiet();
  o.publish_token = token;
  return o;
}

class publish_fixture : public ::testing::Test {
 protected:
  /// A request to publish, as it should be but for what is given here.
  static std::string request(const std::string& path, const std::string& body,
                             std::map<std::string, std::string> fields = {}) {
    fields.try_emplace("Host", "localhost");
    fields.try_emplace("Authorization", "Bearer " + token);
    fields.try_emplace("Content-Type",
                       path == "/publish" ? "application/x-ndjson" : "application/json");
    fields.try_emplace("Content-Length", std::to_string(body.size()));
    std::string text = "POST " + path + " HTTP/1.1\r\n";
    for (const auto& [name, value] : fields)
      if (!value.empty()) text.append(name).append(": ").append(value).append("\r\n");
    return text + "\r\n" + body;
  }

  std::string ask(const std::string& path, const std::string& body,
                  std::map<std::string, std::string> fields = {}) const {
    raw_client client(server.port());
    client.send(request(path, body, std::move(fields)));
    return client.read_answer();
  }

  /// The id in an answer that is 200.
  std::string published(const std::string& topic, const std::string& payload) const {
    const auto answer = ask("/topics/" + topic, payload);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
    std::smatch found;
    EXPECT_TRUE(std::regex_search(answer, found, std::regex(R"re("id":"([0-9a-f]+:\d+)")re")))
        << answer;
    return found[1];
  }

  static std::string event(const std::string& topic, const std::string& payload,
                           const std::string& id) {
    return R"({"topic":")" + topic + R"(","payload":)" + payload + R"(,"id":")" + id + R"("})";
  }

  static int status(const std::string& answer) {
    return answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9, 3)) : 0;
  }

  test_server server{publishing()};
};

}  // namespace ws_demo::testing
