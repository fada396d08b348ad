// What a peer sends comes back.

#include "raw_client.hpp"
#include "test_server.hpp"
#include "websocket_client.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;

/// Bytes of all values, which are not UTF-8.
std::string binary(std::size_t size) {
  std::string result(size, '\0');
  for (std::size_t i = 0; i < size; ++i) result[i] = static_cast<char>(i * 31 + (i >> 8));
  return result;
}

TEST(Echo, EverySizeOfEveryType) {
  const test_server server;
  websocket_client client(server.port());
  // Around where the length of a frame takes more bytes, and the largest that is allowed.
  for (const std::size_t size : {0U, 1U, 124U, 125U, 126U, 127U, 65535U, 65536U, 1U << 20})
    for (const bool is_text : {true, false}) {
      const received_message sent{is_text ? std::string(size, 't') : binary(size), is_text};
      client.send(sent);
      EXPECT_TRUE(client.receive() == sent) << size << (is_text ? " text" : " binary");
    }
}

TEST(Echo, TextBeyondAscii) {
  const test_server server;
  websocket_client client(server.port());
  const received_message sent{"grüße, 世界 🙂"};
  client.send(sent);
  EXPECT_TRUE(client.receive() == sent);
}

TEST(Echo, ComesBackAsOneFrame) {
  const test_server server;
  raw_client client(server.port());
  client.open();
  client.send(opcode::binary, binary(100000));
  const auto frame = client.read_frame();
  EXPECT_TRUE(frame.fin);
  EXPECT_EQ(frame.op, opcode::binary);
  EXPECT_EQ(frame.payload, binary(100000));
}

TEST(Echo, FragmentsWithPingsBetween) {
  const test_server server;
  raw_client client(server.port());
  client.open();
  client.send(opcode::text, "frag", false);
  client.send(opcode::ping, "one");
  client.send(opcode::continuation, "", false);
  client.send(opcode::continuation, "men", false);
  client.send(opcode::ping, "two");
  client.send(opcode::continuation, "ted");
  auto reply = client.read_frame();
  EXPECT_EQ(reply.op, opcode::pong);
  EXPECT_EQ(reply.payload, "one");
  reply = client.read_frame();
  EXPECT_EQ(reply.op, opcode::pong);
  EXPECT_EQ(reply.payload, "two");
  reply = client.read_frame();
  EXPECT_EQ(reply.op, opcode::text);
  EXPECT_EQ(reply.payload, "fragmented");
}

TEST(Echo, ACharacterSplitOverFragments) {
  const test_server server;
  raw_client client(server.port());
  client.open();
  client.send(opcode::text, "\xf0\x9f", false);
  client.send(opcode::continuation, "\x99\x82");
  EXPECT_EQ(client.read_frame().payload, "🙂");
}

TEST(Echo, LargeAndFragmented) {
  const test_server server;
  websocket_client client(server.port());
  const received_message sent{binary(1 << 20), false};
  client.send_fragmented(sent, 1000);
  EXPECT_TRUE(client.receive() == sent);
}

TEST(Echo, PipelinedByTheHundredInOrder) {
  const test_server server(pushing(5ms));
  raw_client client(server.port());
  client.open();
  std::string all;
  for (int i = 0; i < 500; ++i)
    all += encode(i % 2 == 0 ? opcode::text : opcode::binary, "message " + std::to_string(i));
  client.send(all);
  for (int i = 0; i < 500; ++i) {
    const auto reply = client.read_reply();
    EXPECT_EQ(reply.payload, "message " + std::to_string(i));
    EXPECT_EQ(reply.op, i % 2 == 0 ? opcode::text : opcode::binary);
  }
}

TEST(Echo, FramesThatComeByteByByte) {
  const test_server server;
  raw_client client(server.port());
  client.open();
  for (const char byte : encode(opcode::text, "slowly")) client.send(std::string_view(&byte, 1));
  EXPECT_EQ(client.read_frame().payload, "slowly");
}

TEST(Echo, WhoStopsSpeakingWithoutACloseStillHears) {
  const test_server server;
  for (int i = 0; i < 20; ++i) {
    raw_client client(server.port());
    client.open();
    client.send(opcode::binary, binary(100'000));
    client.finish();
    EXPECT_TRUE(client.read_frame().payload == binary(100'000));
  }
}

TEST(Echo, APeerThatFloodsIsHeldBackAndLosesNothing) {
  const test_server server(pushing(10ms));
  raw_client client(server.port());
  client.open();
  const auto message = encode(opcode::binary, binary(50000));
  // Another thread sends until the end; at first nobody reads, and the buffers between fill.
  std::thread flood([&] {
    for (int i = 0; i < 400; ++i) client.send(message);
  });
  for (int i = 0; i < 400; ++i) EXPECT_TRUE(client.read_reply().payload == binary(50000)) << i;
  flood.join();
}

}  // namespace
}  // namespace ws_demo::testing
