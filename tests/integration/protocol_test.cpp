// Control frames, closing, and what a peer gets wrong (RFC 6455 section 5, section 7).

#include "raw_client.hpp"
#include "test_server.hpp"
#include "websocket_client.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;

class Protocol : public ::testing::Test {
 protected:
  Protocol() { client.open(); }

  /// The server closes with this code and hangs up, and goes on serving others.
  void expect_close(int code) {
    const auto reply = client.read_reply();
    EXPECT_EQ(reply.op, opcode::close);
    EXPECT_EQ(reply.close_code(), code);
    EXPECT_TRUE(client.at_end());
    websocket_client other(server.port());
    other.send({"still serving"});
    EXPECT_EQ(other.receive().bytes, "still serving");
  }

  test_server server{[] {
    auto o = quiet();
    o.max_message_bytes = 1000;
    return o;
  }()};
  raw_client client{server.port()};
};

TEST_F(Protocol, APingGetsItsPong) {
  for (const auto& payload : {std::string(), std::string("hello"), std::string(125, '\xff')}) {
    client.send(opcode::ping, payload);
    const auto reply = client.read_frame();
    EXPECT_EQ(reply.op, opcode::pong);
    EXPECT_EQ(reply.payload, payload);
  }
}

TEST_F(Protocol,
       OfPingsThatComeFasterThanPongsCanLeaveTheLastIsAnswered) {  // RFC 6455 section 5.5.3
  constexpr int count = 1000;
  std::string all;
  for (int i = 0; i < count; ++i) all += encode(opcode::ping, std::to_string(i));
  client.send(all + encode(opcode::text, "after"));
  int last = -1;
  auto reply = client.read_frame();
  for (; reply.op == opcode::pong; reply = client.read_frame()) {
    EXPECT_LT(last, std::stoi(reply.payload));
    last = std::stoi(reply.payload);
  }
  EXPECT_EQ(last, count - 1);
  EXPECT_EQ(reply.payload, "after");
}

TEST_F(Protocol, APongNobodyAskedForIsIgnored) {
  client.send(opcode::pong, "unasked");
  client.send(opcode::text, "next");
  EXPECT_EQ(client.read_frame().payload, "next");
}

TEST_F(Protocol, ACloseGetsTheSameCode) {
  client.send(opcode::close, close_payload(4321, "my reason"));
  expect_close(4321);
}

TEST_F(Protocol, ACloseWithTheLargestCodeGetsTheSame) {
  client.send(opcode::close, close_payload(4999));
  expect_close(4999);
}

TEST_F(Protocol, ACloseWithoutACodeIsNormal) {
  client.send(opcode::close, "");
  expect_close(1000);
}

TEST_F(Protocol, ACloseAfterMessagesComesAfterTheirEchoes) {
  std::string all;
  for (int i = 0; i < 100; ++i) all += encode(opcode::text, std::to_string(i));
  client.send(all + encode(opcode::close, close_payload(1000)));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client.read_frame().payload, std::to_string(i));
  expect_close(1000);
}

TEST_F(Protocol, WhatComesAfterACloseIsIgnored) {
  client.send(encode(opcode::close, close_payload(1000)) + encode(opcode::text, "too late"));
  expect_close(1000);
}

TEST_F(Protocol, TheLargestMessageIsAllowed) {
  client.send(opcode::text, std::string(1000, 'x'));
  EXPECT_EQ(client.read_frame().payload.size(), 1000U);
}

TEST_F(Protocol, AMessageOverTheLimitIs1009) {
  client.send(opcode::text, std::string(1001, 'x'));
  expect_close(1009);
}

TEST_F(Protocol, FragmentsOverTheLimitAre1009) {
  for (int i = 0; i < 3; ++i)
    client.send(i == 0 ? opcode::binary : opcode::continuation, std::string(400, 'x'), false);
  expect_close(1009);
}

TEST_F(Protocol, AMessageFarOverTheLimitIs1009WithoutBeingRead) {
  client.send(encode(opcode::binary, std::string(100000, 'x')));
  expect_close(1009);
}

TEST_F(Protocol, TextThatIsNotUtf8Is1007) {
  client.send(opcode::text, "\xc0\xaf");
  expect_close(1007);
}

TEST_F(Protocol, TextThatEndsInsideACharacterIs1007) {
  client.send(opcode::text, "gr\xc3");
  expect_close(1007);
}

TEST_F(Protocol, TextThatEndsInsideACharacterIs1007AlsoWhereItsLastFrameIsEmpty) {
  client.send(opcode::text, "gr\xc3", false);
  client.send(opcode::continuation, "");
  const auto reply = client.read_frame();
  EXPECT_EQ(reply.op, opcode::close);
  EXPECT_EQ(reply.close_code(), 1007);
}

TEST_F(Protocol, BinaryNeedNotBeUtf8) {
  client.send(opcode::binary, "\xc0\xaf");
  EXPECT_EQ(client.read_frame().payload, "\xc0\xaf");
}

TEST_F(Protocol, AReservedBitIs1002) {
  auto bytes = encode(opcode::text, "x");
  bytes[0] = static_cast<char>(bytes[0] | 0x40);
  client.send(bytes);
  expect_close(1002);
}

TEST_F(Protocol, AnUnknownOpcodeIs1002) {
  auto bytes = encode(opcode::text, "x");
  bytes[0] = static_cast<char>(0x83);
  client.send(bytes);
  expect_close(1002);
}

TEST_F(Protocol, AnUnmaskedFrameIs1002) {
  client.send("\x81\x01x");
  expect_close(1002);
}

TEST_F(Protocol, AFragmentedPingIs1002) {
  client.send(opcode::ping, "x", false);
  expect_close(1002);
}

TEST_F(Protocol, ALongPingIs1002) {
  client.send(opcode::ping, std::string(126, 'x'));
  expect_close(1002);
}

TEST_F(Protocol, AContinuationOfNothingIs1002) {
  client.send(opcode::continuation, "x");
  expect_close(1002);
}

TEST_F(Protocol, ANewMessageInsideAnotherIs1002) {
  client.send(opcode::text, "x", false);
  client.send(opcode::text, "y");
  expect_close(1002);
}

TEST_F(Protocol, ACloseWithACodeThatMayNotBeSentIs1002) {
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65535}) {
    raw_client peer(server.port());
    peer.open();
    peer.send(opcode::close, close_payload(static_cast<std::uint16_t>(code)));
    EXPECT_EQ(peer.read_frame().close_code(), 1002) << code;
  }
}

TEST_F(Protocol, ACloseOfOneByteIs1002) {
  client.send(opcode::close, "x");
  expect_close(1002);
}

TEST_F(Protocol, APeerThatNeverHangsUpIsCutAfterTheClose) {
  auto o = quiet();
  o.close_timeout = 100ms;
  const test_server hasty(o);
  raw_client peer(hasty.port());
  peer.open();
  peer.send(opcode::close, close_payload(1000));
  EXPECT_EQ(peer.read_frame().op, opcode::close);
  EXPECT_TRUE(peer.at_end());
  EXPECT_TRUE(peer.is_reset());
}

}  // namespace
}  // namespace ws_demo::testing
