// Plain HTTP on the same port.

#include "raw_client.hpp"
#include "test_server.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;

class Http : public ::testing::Test {
 protected:
  std::string ask(const std::string& request) {
    client.send(request);
    return client.read_answer();
  }

  test_server server;
  raw_client client{server.port()};
};

TEST_F(Http, HealthIsOk) {
  const auto answer = ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nok"));
}

TEST_F(Http, AConnectionIsKept) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").ends_with("ok"));
    EXPECT_TRUE(
        ask("GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n").starts_with("HTTP/1.1 404 "));
    client.send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_TRUE(client.read_answer(true).starts_with("HTTP/1.1 200 "));
  }
}

TEST_F(Http, RequestsMayBePipelined) {
  client.send(
      "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /nothing HTTP/1.1\r\nHost: "
      "localhost\r\n\r\n"
      "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 200 "));
}

TEST_F(Http, AKeptConnectionMayBecomeAWebSocket) {
  EXPECT_TRUE(ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").ends_with("ok"));
  client.open();
  client.send(opcode::text, "hello");
  EXPECT_EQ(client.read_frame().payload, "hello");
}

TEST_F(Http, WhatMakesAnUpgradeMayBeOnSeveralLines) {  // RFC 9110 section 5.3
  const auto answer =
      ask("GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\nUpgrade: websocket\r\n"
          "Connection: keep-alive\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 101 ")) << answer;
}

TEST_F(Http, CloseIsHonoured) {
  const auto answer = ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(client.at_end());
}

TEST_F(Http, Http10IsAnsweredAndClosed) {
  EXPECT_TRUE(ask("GET /healthz HTTP/1.0\r\n\r\n").starts_with("HTTP/1.0 200 "));
  EXPECT_TRUE(client.at_end());
}

TEST_F(Http, Http10MayAskToBeKept) {
  const std::string request = "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  EXPECT_NE(ask(request).find("Connection: keep-alive"), std::string::npos);
  EXPECT_TRUE(ask(request).ends_with("ok"));
}

TEST_F(Http, WhatIsNotHttpIs400) {
  EXPECT_TRUE(ask("\x16\x03\x01 hello, is this TLS?\r\n\r\n").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(client.at_end());
}

TEST_F(Http, AnUnreadBodyDoesNotBecomeTheNextRequest) {
  const auto answer =
      ask("POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 43\r\n\r\n"
          "GET /healthz HTTP/1.1\r\nHost: smuggled\r\n\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 405 ")) << answer;
  EXPECT_TRUE(client.at_end());
}

TEST_F(Http, AChunkedBodyIsNotReadEither) {
  const auto answer =
      ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
          "chunked\r\n\r\n5\r\nhello\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
  EXPECT_TRUE(client.at_end());
}

TEST_F(Http, ATransferCodingThatIsNotKnownIsABodyToo) {
  const auto answer =
      ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n"
          "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  EXPECT_TRUE(client.at_end());
}

TEST_F(Http, NoAnswerToAHeadHasABody) {
  const std::string host = "Host: localhost\r\n";
  const std::string upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
  for (const auto& [target, fields] : {std::pair{"/", host},
                                       {"/no", host},
                                       {"/ws", host},
                                       {"/", std::string()},
                                       {"/ws", host + upgrade}}) {
    client.send(std::string("HEAD ") + target + " HTTP/1.1\r\n" + fields + "\r\n");
    client.read_until("\r\n\r\n");
    EXPECT_TRUE(ask("GET /healthz HTTP/1.1\r\n" + host + "\r\n").starts_with("HTTP/1.1 200 "))
        << target << " " << fields;
  }
}

TEST_F(Http, AnAnswerIsNotLostWithABodyNobodyReads) {
  const auto answer = ask("PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n" +
                          std::string(1000000, 'x'));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 405 ")) << answer;
}

TEST_F(Http, DataBeforeTheHandshakeIsDoneIs400) {
  const auto answer =
      ask("GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" +
          encode(opcode::text, "early"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
}

TEST_F(Http, AnUpgradeElsewhereIs404) {
  EXPECT_THROW(client.open("/elsewhere"), std::runtime_error);
}

TEST_F(Http, AWebSocketToTheRootIsNotThePage) {
  client.open("/");
  client.send(opcode::text, "hello");
  EXPECT_EQ(client.read_frame().payload, "hello");
}

TEST(HttpTime, ARequestThatDripsIsCut) {
  auto o = quiet();
  o.handshake_timeout = 200ms;
  const test_server server(o);
  raw_client client(server.port());
  const std::string request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Drip: ";
  client.send(request);
  while (client.silent_for(10)) client.try_send("x");
  EXPECT_TRUE(client.at_end());
}

TEST(HttpTime, AKeptConnectionThatAsksNothingIsClosed) {
  auto o = quiet();
  o.keep_alive_timeout = 100ms;
  const test_server server(o);
  raw_client client(server.port());
  client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(client.read_answer().ends_with("ok"));
  EXPECT_TRUE(client.at_end());
}

TEST(HttpTime, AWebSocketOutlivesTheTimeOutOfItsHandshake) {
  auto o = quiet();
  o.handshake_timeout = 100ms;
  o.keep_alive_timeout = 100ms;
  const test_server server(o);
  raw_client client(server.port());
  client.open();
  EXPECT_TRUE(client.silent_for(500));
  client.send(opcode::text, "still here");
  EXPECT_EQ(client.read_frame().payload, "still here");
}

}  // namespace
}  // namespace ws_demo::testing
