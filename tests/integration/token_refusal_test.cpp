// Refusals as the subprotocol ws-demo.v1 has them: after the upgrade, because a browser cannot see
// why a handshake failed.

#include "http_get.hpp"
#include "raw_client.hpp"
#include "test_server.hpp"
#include "token_file.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace ws_demo::testing {
namespace {

const std::string own_protocol = "Sec-WebSocket-Protocol: ws-demo.v1\r\n";

class TokenRefusal : public ::testing::Test {
 protected:
  /// The close that comes first, as "4401 why".
  static std::string refused(const test_server& by, const std::string& target,
                             const std::string& fields) {
    raw_client client(by.port());
    const auto head = client.open(target, fields);
    EXPECT_NE(head.find("\r\nSec-WebSocket-Protocol: ws-demo.v1\r\n"), std::string::npos) << head;
    const auto first = client.read_frame();
    EXPECT_EQ(first.op, opcode::close);
    client.send(opcode::close, first.payload);
    EXPECT_TRUE(client.at_end());
    return std::to_string(first.close_code()) + ' ' + first.payload.substr(2);
  }

  token_keys keys;
};

TEST_F(TokenRefusal, IsSaidAfterTheUpgrade) {
  const test_server server(guarded(keys));
  const auto with = [](const std::string& token) {
    return "Sec-WebSocket-Protocol: bearer." + token + ", ws-demo.v1\r\n";
  };
  EXPECT_EQ(refused(server, "/?topic=t", own_protocol), "4401 Topic t needs a token.");
  EXPECT_EQ(refused(server, "/?topic=t", with("x")),
            "4401 The token is not a signed JWT in the compact form.");
  auto claims = claims_to_subscribe({"t"});
  claims["exp"] = seconds_from_now(std::chrono::minutes(-1));
  EXPECT_EQ(refused(server, "/?topic=t", with(keys.sign(claims))), "4401 The token has expired.");
  EXPECT_EQ(refused(server, "/?topic=u", with(keys.sign_for({"t"}))),
            "4403 The token does not allow subscribing to u.");
  EXPECT_EQ(refused(server, "/?topic=%20", own_protocol), "4400 ' ' is not a topic.");
  EXPECT_EQ(refused(server, "/", own_protocol + "Origin: https://evil.example\r\n"),
            "4403 Origin not allowed (see --allow-origin).");
}

TEST_F(TokenRefusal, FitsIntoAClose) {
  const test_server server(guarded(keys));
  const std::string topic(128, 'x');
  const auto answer = refused(server, "/?topic=" + topic, own_protocol);
  EXPECT_EQ(answer, "4401 Topic " + topic.substr(0, 123 - 6));
}

TEST_F(TokenRefusal, SaysWhereThereIsNoPlace) {
  auto o = quiet();
  o.max_peers = 2;
  o.max_peers_per_address = 1;
  test_server server(o);
  raw_client peer(server.port());
  peer.open("/", own_protocol);
  EXPECT_EQ(refused(server, "/", own_protocol), "4429 Too many peers from this address.");
  server.stop();
  EXPECT_EQ(refused(server, "/", own_protocol), "4503 The server is shutting down.");
}

TEST_F(TokenRefusal, TakesNoPlace) {
  auto o = guarded(keys);
  o.max_peers = 1;
  const test_server server(o);
  std::vector<std::unique_ptr<raw_client>> waiting;  // none of them answers the close
  for (int i = 0; i < 20; ++i) {
    waiting.push_back(std::make_unique<raw_client>(server.port()));
    waiting.back()->open("/?topic=t", own_protocol);
  }
  EXPECT_EQ(measured(server.port(), "ws_demo_peers"), 0);
  raw_client peer(server.port());
  peer.subscribe("/?topic=t", own_protocol + bearer(keys.sign_for({"t"})));
  EXPECT_EQ(measured(server.port(), R"(ws_demo_refused_total{reason="token"})"), 20);
}

TEST_F(TokenRefusal, ReadsNothingMore) {
  const test_server server(guarded(keys));
  raw_client client(server.port());
  client.open("/?topic=t", own_protocol + "Sec-WebSocket-Extensions: permessage-deflate\r\n");
  for (int i = 0; i < 3; ++i) client.send(opcode::text, "hello");
  EXPECT_EQ(client.read_frame().close_code(), 4401);
  EXPECT_TRUE(client.at_end());
  EXPECT_EQ(measured(server.port(), "ws_demo_messages_received_total"), 0);
}

TEST_F(TokenRefusal, OthersAreAnsweredWithTheStatus) {
  const test_server server(guarded(keys));
  for (const char* fields : {"", "Sec-WebSocket-Protocol: ws-demo.v2\r\n",
                             "Sec-WebSocket-Protocol: WS-DEMO.V1, chat\r\n"}) {
    raw_client client(server.port());
    EXPECT_TRUE(is(client.open_in_vain("/?topic=t", fields), 401)) << fields;
  }
  raw_client rebinding(server.port());
  rebinding.send(
      "GET / HTTP/1.1\r\nHost: evil.example\r\nUpgrade: websocket\r\n"
      "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
      own_protocol + "\r\n");
  EXPECT_TRUE(is(rebinding.read_answer(), 403));
}

TEST_F(TokenRefusal, OnlyOneSubprotocolIsSelected) {
  const test_server server;
  for (const char* fields : {"", "Sec-WebSocket-Protocol: chat, bearer.x\r\n"}) {
    raw_client client(server.port());
    EXPECT_EQ(client.open("/", fields).find("Sec-WebSocket-Protocol"), std::string::npos);
  }
  raw_client client(server.port());
  const auto head =
      client.open("/", "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: x, ws-demo.v1\r\n");
  EXPECT_NE(head.find("\r\nSec-WebSocket-Protocol: ws-demo.v1\r\n"), std::string::npos) << head;
}

}  // namespace
}  // namespace ws_demo::testing
