// What a browser is told about pages of other origins (Fetch standard, "HTTP-CORS protocol").

#include "publish_fixture.hpp"
#include "raw_client.hpp"
#include "test_server.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ws_demo::testing {
namespace {

const std::string named_origin = "https://app.example.com";
const std::string other_origin = "https://other.example";

class CrossOrigin : public ::testing::Test {
 protected:
  static options allowing(const std::string& origin) {
    auto o = publishing();
    o.allowed_origins = {origin};
    return o;
  }
  /// The head of an answer.
  static std::string head(const test_server& server, const std::string& request,
                          const std::string& origin) {
    raw_client client(server.port());
    client.send(request + " HTTP/1.1\r\nHost: localhost\r\nOrigin: " + origin + "\r\n\r\n");
    return client.read_until("\r\n\r\n");
  }
  static std::string preflight(const test_server& server, const std::string& path,
                               const std::string& origin) {
    return head(server, "OPTIONS " + path, origin + "\r\nAccess-Control-Request-Method: POST");
  }
  static bool has(const std::string& head, const std::string& line) {
    return head.find("\r\n" + line + "\r\n") != std::string::npos;
  }
  static void expect_readable(const std::string& answer) {
    EXPECT_TRUE(has(answer, "Access-Control-Allow-Origin: " + named_origin)) << answer;
    EXPECT_TRUE(has(answer, "Access-Control-Allow-Credentials: true")) << answer;
    EXPECT_TRUE(has(answer, "Vary: Origin")) << answer;
  }
  static void expect_not_readable(const std::string& answer) {
    EXPECT_EQ(answer.find("Access-Control-"), std::string::npos) << answer;
  }

  test_server server{allowing(named_origin)};
};

TEST_F(CrossOrigin, APreflightSaysWhatMayBeSent) {
  const auto events = preflight(server, "/events?topic=t", named_origin);
  EXPECT_TRUE(events.starts_with("HTTP/1.1 204 ")) << events;
  expect_readable(events);
  EXPECT_TRUE(has(events, "Access-Control-Allow-Methods: GET")) << events;
  EXPECT_TRUE(has(events, "Access-Control-Allow-Headers: Authorization, Last-Event-ID")) << events;
  EXPECT_TRUE(has(events, "Access-Control-Max-Age: 7200")) << events;
  EXPECT_EQ(events.find("\r\nContent-"), std::string::npos) << events;
  for (const char* path : {"/publish", "/topics/t"}) {
    const auto publishing = preflight(server, path, named_origin);
    expect_readable(publishing);
    EXPECT_TRUE(has(publishing, "Access-Control-Allow-Methods: POST")) << publishing;
    EXPECT_TRUE(has(publishing,
                    "Access-Control-Allow-Headers: Authorization, Content-Type, Idempotency-Key"))
        << publishing;
  }
}

TEST_F(CrossOrigin, AConnectionGoesOnAfterAPreflight) {
  raw_client client(server.port());
  client.send("OPTIONS /topics/t HTTP/1.1\r\nHost: localhost\r\nOrigin: " + named_origin +
              "\r\nAccess-Control-Request-Method: POST\r\n\r\n");
  client.read_until("\r\n\r\n");
  client.send(request_to_publish("/topics/t", "1", {{"Origin", named_origin}}));
  const auto answer = client.read_answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
  expect_readable(answer);
}

TEST_F(CrossOrigin, OriginsThatAreNotAllowedAreRefused) {
  const auto twice = named_origin + "\r\nOrigin: " + named_origin;
  for (const char* path : {"/events", "/publish", "/topics/t"}) {
    const auto answer = preflight(server, path, other_origin);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 403 ")) << answer;
    expect_not_readable(answer);
    expect_not_readable(preflight(server, path, twice));
  }
  expect_not_readable(head(server, "GET /events", other_origin));
}

TEST_F(CrossOrigin, StreamsAndErrorsMayBeRead) {
  const auto expect = [&](const std::string& request, const std::string& status,
                          const std::string& fields = {}) {
    const auto answer = head(server, request, named_origin + fields);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + status)) << request << '\n' << answer;
    expect_readable(answer);
  };
  expect("GET /events?topic=t", "200");
  expect("GET /events?topic=!", "400");
  expect("POST /topics/t", "401", "\r\nContent-Type: application/json");
  expect("DELETE /topics/t", "405");
  expect("POST /topics/t", "415", "\r\nAuthorization: Bearer " + publisher_token);
  expect("POST /topics/t", "413",
         "\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\nAuthorization: Bearer " +
             publisher_token);
}

TEST_F(CrossOrigin, AnEventStreamThatIsRefusedForNowMayBeRead) {
  auto o = allowing(named_origin);
  o.max_peers = 1;
  const test_server full(o);
  raw_client peer(full.port());
  peer.open();
  const auto stream = head(full, "GET /events", named_origin + "\r\nAccept: text/event-stream");
  EXPECT_TRUE(stream.starts_with("HTTP/1.1 200 ")) << stream;
  expect_readable(stream);
  const auto answer = head(full, "GET /events", named_origin);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
  expect_readable(answer);
  EXPECT_TRUE(has(answer, "Access-Control-Expose-Headers: Retry-After")) << answer;
}

TEST_F(CrossOrigin, OnlyOriginsThatAreNamedHaveCredentials) {
  auto o = allowing("*");
  o.allowed_origins.emplace_back("https://*.example.com");
  const test_server open(o);
  for (const std::string& origin :
       {other_origin, std::string("null"), std::string("http://localhost:1")})
    for (const auto& answer :
         {preflight(open, "/events", origin), head(open, "GET /events", origin)}) {
      EXPECT_TRUE(has(answer, "Access-Control-Allow-Origin: " + origin)) << answer;
      EXPECT_EQ(answer.find("Allow-Credentials"), std::string::npos) << answer;
      EXPECT_TRUE(has(answer, "Vary: Origin")) << answer;
    }
  expect_readable(head(open, "GET /events", named_origin));
}

TEST_F(CrossOrigin, TheRestIsNotForOtherOrigins) {
  for (const char* path : {"/", "/metrics", "/healthz", "/readyz", "/ws"}) {
    expect_not_readable(head(server, std::string("GET ") + path, named_origin));
    const auto answer = preflight(server, path, named_origin);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 405 ")) << answer;
    expect_not_readable(answer);
  }
}

TEST_F(CrossOrigin, WhatIsNoPreflightIsNotAnsweredAsOne) {
  const auto answer = head(server, "OPTIONS /events", named_origin);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 405 ")) << answer;
  EXPECT_TRUE(has(answer, "Allow: GET")) << answer;
}

TEST_F(CrossOrigin, ProgramsAreToldNothingOfIt) {
  raw_client client(server.port());
  client.send("GET /events?topic=t HTTP/1.1\r\nHost: localhost\r\n\r\n");
  expect_not_readable(client.read_until("\r\n\r\n"));
}

}  // namespace
}  // namespace ws_demo::testing
