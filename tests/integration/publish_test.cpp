// Publishing over HTTP: to subscribers, and what is wrong with requests.

#include "deadline.hpp"
#include "program.hpp"
#include "publish_fixture.hpp"
#include "raw_client.hpp"
#include "test_server.hpp"

#include <gtest/gtest.h>

#include <array>
#include <future>
#include <map>
#include <memory>
#include <regex>
#include <string>
#include <vector>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;

class Publish : public publish_fixture {};

TEST_F(Publish, ReachesWhoHasSubscribed) {
  raw_client prices(server.port());
  prices.subscribe("/?topic=prices");
  raw_client all(server.port());
  all.subscribe("/ws?topic=*");
  raw_client other(server.port());
  other.subscribe("/?topic=news");
  const auto answer = ask("/topics/prices", " {\"x\": 1e400}\n");
  EXPECT_EQ(status(answer), 200);
  EXPECT_NE(answer.find(R"("subscribers":2)"), std::string::npos) << answer;
  const auto text = prices.read_frame().payload;
  EXPECT_TRUE(text.starts_with(R"({"topic":"prices","payload":{"x": 1e400},"id":")")) << text;
  EXPECT_EQ(all.read_frame().payload, text);
  const auto id = published("news", "1");
  EXPECT_EQ(other.read_frame().payload, event_with_id("news", "1", id));
}

/// Whichever way it comes in and goes out.
TEST_F(Publish, HalfAnEmojiIsPassedOn) {
  raw_client socket(server.port());
  socket.subscribe("/?topic=t");
  raw_client stream(server.port());
  stream.send("GET /events?topic=t HTTP/1.1\r\nHost: localhost\r\n\r\n");
  stream.read_until("\r\n\r\n");
  const std::string payload = R"({"text":"cut \ud83d"})";
  const std::string event = R"({"topic":"t","payload":)" + payload + R"(,"id":)";
  const std::string line = R"({"topic":"t","payload":)" + payload + "}\n";
  EXPECT_EQ(status(ask("/topics/t", payload)), 200);
  EXPECT_EQ(status(ask("/publish", line + line)), 200);
  server.publish("t", payload);
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(socket.read_frame().payload.starts_with(event));
    stream.read_until("data: " + event);
  }
  EXPECT_EQ(status(ask("/publish", line + R"({"topic":"\ud83d","payload":1})")), 400);
  EXPECT_EQ(status(ask("/topics/t", "\"cut \xed\xa0\xbd\"")), 400);
}

TEST_F(Publish, TopicsThatAreNoneAreRefusedOnConnecting) {
  raw_client client(server.port());
  client.send(
      "GET /?topic=$lost HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
      "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  const auto answer = client.read_answer();
  EXPECT_EQ(status(answer), 400);
  EXPECT_NE(answer.find("$lost"), std::string::npos) << answer;
}

TEST_F(Publish, WhatIsWrongIsSaid) {
  EXPECT_EQ(status(ask("/topics/a", "1", {{"Authorization", ""}})), 401);
  EXPECT_EQ(status(ask("/topics/a", "1", {{"Authorization", "Bearer wrong"}})), 401);
  EXPECT_EQ(status(ask("/topics/a", "1", {{"Authorization", "Bearer " + publisher_token + "x"}})),
            401);
  EXPECT_EQ(status(ask("/topics/a", "1", {{"Authorization", "Basic " + publisher_token}})), 401);
  EXPECT_EQ(status(ask("/topics/a", "1", {{"Authorization", "bearer " + publisher_token}})), 200);
  EXPECT_EQ(status(ask("/topics/a", "1", {{"Authorization", "Bearer  " + publisher_token}})), 200);
  EXPECT_EQ(status(ask("/topics/a", "1", {{"Content-Encoding", "gzip"}})), 415);
  EXPECT_EQ(status(ask("/topics/a", "1", {{"Content-Type", "text/plain"}})), 415);
  EXPECT_EQ(status(ask("/topics/a", "1", {{"Content-Type", "application/json; charset=utf-8"}})),
            200);
  EXPECT_EQ(status(ask("/topics/a", "1", {{"Origin", "https://evil.example"}})), 403);
  EXPECT_EQ(status(ask("/topics/$a", "1")), 400);
  EXPECT_EQ(status(ask("/topics/", "1")), 400);
  EXPECT_EQ(status(ask("/topics/a%2Eb", "1")), 200);
  const auto not_json = ask("/topics/a", "{\n\"x\":y}");
  EXPECT_EQ(status(not_json), 400);
  EXPECT_NE(not_json.find("line 2, column 5"), std::string::npos) << not_json;
  raw_client client(server.port());
  client.send("GET /topics/a HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(status(client.read_answer()), 405);
}

TEST_F(Publish, AnEventOverTheLimitIs413BeforeItIsRead) {
  raw_client client(server.port());
  client.send(request_to_publish("/topics/a", "", {{"Content-Length", "65537"}}));
  EXPECT_EQ(status(client.read_answer()), 413);
  const std::string largest = '"' + std::string(65534, 'x') + '"';
  EXPECT_EQ(status(ask("/topics/a", largest)), 200);
  raw_client chunked(server.port());
  chunked.send(request_to_publish("/topics/a", "",
                                  {{"Content-Length", ""}, {"Transfer-Encoding", "chunked"}}) +
               "20000\r\n" + std::string(0x20000, ' '));
  EXPECT_EQ(status(chunked.read_answer()), 413);
}

TEST_F(Publish, ABodyThatCannotBeReadEndsTheConnection) {
  raw_client client(server.port());
  client.send(request_to_publish("/topics/a", "",
                                 {{"Content-Length", ""}, {"Transfer-Encoding", "chunked"}}) +
              "1\r\n1GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(status(client.read_answer()), 400);
  EXPECT_TRUE(client.at_end());
  raw_client endless(server.port());
  endless.send(request_to_publish("/topics/a", "",
                                  {{"Content-Length", ""}, {"Transfer-Encoding", "chunked"}}) +
               "1;" + std::string(200'000, 'x'));
  EXPECT_EQ(status(endless.read_answer()), 400);
}

TEST_F(Publish, ABodyThatIsFramedInAnotherWayEndsTheConnection) {
  const auto expect = [&](const std::string& coding, int code) {
    raw_client client(server.port());
    client.send(request_to_publish("/topics/a", "",
                                   {{"Content-Length", ""}, {"Transfer-Encoding", coding}}) +
                "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(status(client.read_answer()), code) << coding;
    EXPECT_TRUE(client.at_end()) << coding;
  };
  expect("gzip", 400);
  expect("chunked, gzip", 400);
  expect("gzip, chunked", 501);
}

TEST_F(Publish, TheConnectionIsKept) {
  raw_client client(server.port());
  const auto both = request_to_publish("/topics/a", "1") + request_to_publish("/topics/a", "2");
  client.send(both);
  EXPECT_EQ(status(client.read_answer()), 200);
  EXPECT_EQ(status(client.read_answer()), 200);
}

TEST_F(Publish, AClientThatAsksFirstIsToldToGoOn) {
  raw_client client(server.port());
  const auto whole = request_to_publish("/topics/a", "12345", {{"Expect", "100-continue"}});
  client.send(whole.substr(0, whole.size() - 5));
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("12345");
  EXPECT_EQ(status(client.read_answer()), 200);
}

TEST(PublishingOff, SaysHowToTurnItOn) {
  const test_server server;
  raw_client client(server.port());
  client.send(
      "POST /topics/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
      "Content-Type: application/json\r\n\r\n1");
  const auto answer = client.read_answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 403 ")) << answer;
  EXPECT_NE(answer.find("--publish-token-file"), std::string::npos);
}

TEST(PublishingOff, ATokenTurnsItOn) {
  ws_demo_program server({}, {"WS_DEMO_PUBLISH_TOKEN=secret\n"});
  raw_client client(server.port());
  client.send(
      "POST /topics/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
      "Authorization: Bearer secret\r\nContent-Type: application/json\r\n\r\n1");
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 200 "));
}

TEST(TooManyTopics, AreRefusedWith507) {
  auto o = publishing();
  o.max_topics_total = 1;
  const test_server server(o);
  const auto publish = [&](const std::string& topic) {
    raw_client client(server.port());
    client.send("POST /topics/" + topic + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n" +
                "Authorization: Bearer " + publisher_token +
                "\r\nContent-Type: application/json\r\n\r\n1");
    return client.read_answer().substr(9, 3);
  };
  EXPECT_EQ(publish("a"), "200");
  EXPECT_EQ(publish("b"), "507");
  EXPECT_EQ(publish("a"), "200");
}

}  // namespace
}  // namespace ws_demo::testing
