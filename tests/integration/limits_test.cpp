// Peers that are slow, silent or gone.

#include "deadline.hpp"
#include "http_get.hpp"
#include "raw_client.hpp"
#include "test_server.hpp"
#include "websocket_client.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;

void wait_until_positive(std::uint16_t port, const std::string& series) {
  const auto deadline = steady_clock::now() + patience;
  while (measured(port, series) == 0)
    if (steady_clock::now() > deadline) throw std::runtime_error(series + " stays 0");
}

/// A peer that has sent more than it reads, so that its send queue cannot be emptied.
class stuck_peer {
 public:
  explicit stuck_peer(std::uint16_t port) : client(port, 4096) {
    client.open();
    const auto flood = encode(opcode::binary, std::string(65536, 'x'));
    while (client.try_send(flood)) {
    }
  }
  raw_client client;
};

options slow_peers(slow_policy policy) {
  auto o = pushing(1ms);
  o.max_queue_bytes = 4096;
  o.slow_peers = policy;
  return o;
}

TEST(Limits, AFullQueueClosesThePeerWith1008) {
  const test_server server(slow_peers(slow_policy::close));
  stuck_peer peer(server.port());
  wait_until_positive(server.port(), R"(ws_demo_events_lost_total{policy="close"})");
  EXPECT_GT(measured(server.port(), "ws_demo_queue_high_water_bytes"), 4096 - 100);
  for (;;) {
    const auto frame = peer.client.read_frame();
    if (frame.op != opcode::close) continue;
    EXPECT_EQ(frame.close_code(), 1008);
    EXPECT_EQ(frame.payload.substr(2), "too slow");
    break;
  }
}

TEST(Limits, AFullQueueDropsTheOldestAndSaysHowMany) {
  const test_server server(slow_peers(slow_policy::drop_oldest));
  stuck_peer peer(server.port());
  const std::string series = R"(ws_demo_events_lost_total{policy="drop-oldest"})";
  wait_until_positive(server.port(), series);
  const std::string notice = R"({"topic":"$lost","payload":{"count":)";
  for (;;) {
    const auto frame = peer.client.read_frame();
    ASSERT_NE(frame.op, opcode::close);
    if (!frame.payload.starts_with(notice)) continue;
    const auto count = std::stod(frame.payload.substr(notice.size()));
    EXPECT_GE(count, 1);
    EXPECT_LE(count, measured(server.port(), series));
    break;
  }
}

/// Once it is closed for being slow, a peer that still takes nothing is cut.
TEST(Limits, EchoesThatNobodyTakesStopTheReading) {
  const test_server server;
  stuck_peer peer(server.port());
  const std::string message(65536, 'x');
  const auto more = encode(opcode::binary, message);
  websocket_client other(server.port());
  for (int i = 0; i < 200; ++i) {
    peer.client.try_send(more);
    other.send({"still serving"});
    EXPECT_EQ(other.receive().bytes, "still serving");
  }
  const auto most = measured(server.port(), "ws_demo_queue_high_water_bytes");
  EXPECT_GE(most, 192 << 10);
  EXPECT_LE(most, (256 << 10) + message.size());
}

TEST(Limits, WhatAPeerIsOwedComesBeforeTheCloseItAskedFor) {
  constexpr int count = 200;
  auto o = quiet();
  o.max_queue_bytes = std::size_t{64} << 20;
  test_server server(o);
  raw_client client(server.port(), 4096);
  client.subscribe("/?topic=t");
  raw_client other(server.port());  // when it has them all, the client is owed all
  other.subscribe("/?topic=t");
  const std::string payload = '"' + std::string(60000, 'x') + '"';  // more than the sockets hold
  for (int i = 0; i < count; ++i) server.publish("t", payload);
  for (int i = 0; i < count; ++i) ASSERT_GT(other.read_frame().payload.size(), payload.size());
  client.send(opcode::close, close_payload(1000));
  for (int i = 0; i < count; ++i) ASSERT_GT(client.read_frame().payload.size(), payload.size());
  EXPECT_EQ(client.read_frame().close_code(), 1000);
}

TEST(Limits, APeerThatIsTooSlowForItsCloseIsCut) {
  auto o = slow_peers(slow_policy::close);
  o.close_timeout = 100ms;
  const test_server server(o);
  const stuck_peer peer(server.port());
  const auto deadline = steady_clock::now() + patience;
  while (measured(server.port(), "ws_demo_peers") > 0) ASSERT_LT(steady_clock::now(), deadline);
  EXPECT_EQ(measured(server.port(), R"(ws_demo_closed_total{code="1008"})"), 1);
}

options impatient() {
  auto o = quiet();
  o.idle_timeout = 400ms;
  return o;
}

TEST(Limits, ASilentPeerIsPingedAndDropped) {
  const test_server server(impatient());
  const auto silent_since = steady_clock::now();
  raw_client client(server.port());
  client.open();
  EXPECT_EQ(client.read_frame().op, opcode::ping);
  EXPECT_TRUE(client.at_end()) << "dropped without a close: nobody is there to hear it";
  constexpr auto kernel_tick = 10ms;  // in which it counts the silence, at the most
  EXPECT_GE(steady_clock::now() - silent_since, 400ms - kernel_tick);
  EXPECT_EQ(measured(server.port(), R"(ws_demo_closed_total{code="1006"})"), 1);
}

TEST(Limits, APeerThatAnswersPingsStays) {
  const test_server server(impatient());
  raw_client client(server.port());
  client.open();
  for (int ping = 0; ping < 5; ++ping) {  // a second: more than twice the time-out
    const auto frame = client.read_frame();
    ASSERT_EQ(frame.op, opcode::ping);
    client.send(opcode::pong, frame.payload);
  }
  client.send(opcode::text, "still here");
  EXPECT_EQ(client.read_reply().payload, "still here");
}

/// It says nothing for longer than the time-out, but all that while it takes what it is sent.
TEST(Limits, APeerThatTakesALongMessageStays) {
  auto o = impatient();
  o.max_message_bytes = std::size_t{8} << 20;
  const std::string message(o.max_message_bytes, 'x');
  const auto frame = encode(opcode::binary, message);
  const test_server server(o);
  raw_client client(server.port(), 4096);
  client.open();
  client.send(frame);
  const auto begun = steady_clock::now();
  constexpr std::size_t header_bytes = 10;
  std::size_t taken = 0;
  while (steady_clock::now() - begun < 3 * o.idle_timeout) {
    client.read_exactly(4096);
    taken += 4096;
    std::this_thread::sleep_for(1ms);  // it is slow
  }
  client.read_exactly(message.size() + header_bytes - taken);
  client.send(opcode::text, "still here");
  auto reply = client.read_reply();
  while (reply.op == opcode::ping) reply = client.read_reply();  // it was too slow to say so
  EXPECT_EQ(reply.payload, "still here");
}

}  // namespace
}  // namespace ws_demo::testing
