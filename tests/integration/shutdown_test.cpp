// Stopping: everyone is told, nobody is waited for without end.

#include "raw_client.hpp"
#include "test_server.hpp"
#include "websocket_client.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;

TEST(Shutdown, PeersAreClosedWith1001) {
  test_server server(pushing(10ms));
  raw_client client(server.port());
  client.open();
  server.stop();
  const auto reply = client.read_reply();
  EXPECT_EQ(reply.op, opcode::close);
  EXPECT_EQ(reply.close_code(), 1001);
  client.send(opcode::close, close_payload(1001));
  EXPECT_TRUE(client.at_end());
  client.finish();
  EXPECT_TRUE(server.stopped());
}

TEST(Shutdown, WithoutPeersItEndsAtOnce) {
  auto o = quiet();
  o.shutdown_timeout = 1h;
  test_server server(o);
  server.stop();
  EXPECT_TRUE(server.stopped());
}

TEST(Shutdown, EndsWithTheLastPeer) {
  auto o = quiet();
  o.shutdown_timeout = 1h;
  test_server server(o);
  {
    websocket_client client(server.port());
    server.stop();
    EXPECT_ANY_THROW(client.receive());
    EXPECT_EQ(client.close_code(), 1001);
  }
  EXPECT_TRUE(server.stopped());
}

TEST(Shutdown, APeerThatDoesNotAnswerIsCut) {
  auto o = quiet();
  o.shutdown_timeout = 100ms;
  test_server server(o);
  raw_client silent(server.port());
  silent.open();
  server.stop();
  EXPECT_TRUE(server.stopped());
}

TEST(Shutdown, APeerThatDoesNotAnswerIsNotWaitedForLongerThanForAnyOther) {
  auto o = quiet();
  o.shutdown_timeout = 1h;
  o.close_timeout = 100ms;
  test_server server(o);
  raw_client silent(server.port());
  silent.open();
  server.stop();
  EXPECT_TRUE(server.stopped());
}

TEST(Shutdown, APeerThatTakesNothingIsCut) {
  auto o = quiet();
  o.shutdown_timeout = 100ms;
  test_server server(o);
  raw_client deaf(server.port(), 4096);
  deaf.open();
  const auto flood = encode(opcode::binary, std::string(65536, 'x'));
  while (deaf.try_send(flood)) {
  }
  server.stop();
  EXPECT_TRUE(server.stopped());
}

TEST(Shutdown, APeerThatGoesWrongInsideATextIsCut) {
  auto o = quiet();
  o.shutdown_timeout = 200ms;
  test_server server(o);
  raw_client peer(server.port());
  peer.open();
  const auto frame = encode(opcode::text, "a\xff");
  peer.send(frame.substr(0, frame.size() - 1));
  server.stop();
  EXPECT_EQ(peer.read_frame().close_code(), 1001);
  peer.send(frame.substr(frame.size() - 1));
  EXPECT_TRUE(server.stopped());
}

/// It waits for room to send its echoes, and not for a read.
TEST(Shutdown, APeerThatReadsNothingDoesNotHoldUpOneWithoutATimeout) {
  auto o = quiet();
  o.shutdown_timeout = {};
  test_server server(o);
  raw_client peer(server.port());
  peer.open();
  const std::string message(std::size_t{64} << 10, 'x');
  while (peer.try_send(encode(opcode::binary, message))) {
  }
  server.stop();
  EXPECT_TRUE(server.stopped());
}

TEST(Shutdown, IdleHttpConnectionsDoNotHoldItUp) {
  auto o = quiet();
  o.shutdown_timeout = 1h;
  o.close_timeout = 100ms;  // for one whose answer has only just been written, and is not idle yet
  test_server server(o);
  const raw_client fresh(server.port());
  raw_client kept(server.port());
  kept.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  kept.read_answer();
  server.stop();
  EXPECT_TRUE(server.stopped());
}

TEST(Shutdown, NobodyNewIsAccepted) {
  test_server server;
  const auto port = server.port();
  server.stop();
  EXPECT_TRUE(server.stopped());
  EXPECT_ANY_THROW(const raw_client late(port));
}

TEST(Shutdown, StoppingTwiceIsStopping) {
  test_server server;
  server.stop();
  server.stop();
  EXPECT_TRUE(server.stopped());
}

}  // namespace
}  // namespace ws_demo::testing
