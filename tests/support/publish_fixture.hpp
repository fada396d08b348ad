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

inline const std::string publisher_token = "a token that nobody guesses";

inline options publishing() {
  auto o = quiet();
  o.publish_token = publisher_token;
  return o;
}

/// A request to publish, as it should be but for what is given here. Fields that are empty are left
/// out.
inline std::string request_to_publish(const std::string& path, const std::string& body,
                                      std::map<std::string, std::string> fields = {}) {
  fields.try_emplace("Host", "localhost");
  fields.try_emplace("Authorization", "Bearer " + publisher_token);
  fields.try_emplace("Content-Type",
                     path == "/publish" ? "application/x-ndjson" : "application/json");
  fields.try_emplace("Content-Length", std::to_string(body.size()));
  std::string text = "POST " + path + " HTTP/1.1\r\n";
  for (const auto& [name, value] : fields)
    if (!value.empty()) text.append(name).append(": ").append(value).append("\r\n");
  return text + "\r\n" + body;
}

/// In an answer that is 200.
inline std::string id_in(const std::string& answer) {
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
  std::smatch found;
  EXPECT_TRUE(std::regex_search(answer, found, std::regex(R"re("id":"([0-9a-z]+:\d+)")re")))
      << answer;
  return found[1];
}

/// As subscribers get it.
inline std::string event_with_id(const std::string& topic, const std::string& payload,
                                 const std::string& id) {
  return R"({"topic":")" + topic + R"(","payload":)" + payload + R"(,"id":")" + id + R"("})";
}

class publish_fixture : public ::testing::Test {
 protected:
  std::string ask(const std::string& path, const std::string& body,
                  std::map<std::string, std::string> fields = {}) const {
    raw_client client(server.port());
    client.send(request_to_publish(path, body, std::move(fields)));
    return client.read_answer();
  }

  /// @returns the id
  std::string published(const std::string& topic, const std::string& payload) const {
    return id_in(ask("/topics/" + topic, payload));
  }

  static int status(const std::string& answer) {
    return answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9, 3)) : 0;
  }

  test_server server{publishing()};
};

}  // namespace ws_demo::testing
