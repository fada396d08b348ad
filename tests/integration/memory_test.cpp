// What peers and publishers can make large, against the limit of all of it together.

#include "deadline.hpp"
#include "program.hpp"
#include "publish_fixture.hpp"
#include "raw_client.hpp"
#include "test_server.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

namespace ws_demo::testing {
namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20;

options with_memory(std::size_t bytes) {
  auto o = publishing();
  o.max_memory_bytes = bytes;
  o.max_queue_bytes = 4 * mebibyte;
  o.idle_timeout = 10 * patience;
  o.write_timeout = 10 * patience;
  o.handshake_timeout = 10 * patience;
  return o;
}

std::string answer_to_get(std::uint16_t port, const std::string& path) {
  raw_client client(port);
  client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  return client.read_answer();
}

/// 0 where it has not been counted yet.
std::size_t metric(std::uint16_t port, const std::string& name) {
  const auto answer = answer_to_get(port, "/metrics");
  const auto line = answer.find("\n" + name + " ");
  if (line == std::string::npos) return 0;
  return static_cast<std::size_t>(std::stod(answer.substr(line + name.size() + 2)));
}

bool becomes(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < deadline) {
    if (condition()) return true;
    std::this_thread::yield();
  }
  return false;
}

bool echoes(raw_client& client) {
  client.send(opcode::text, "hello");
  return client.read_reply().payload == "hello";
}

/// A message of a mebibyte but for its end.
std::string begun_message(std::size_t bytes) {
  return encode(opcode::binary, std::string(mebibyte, 'x')).substr(0, bytes);
}

TEST(Memory, PartialMessagesCount) {
  const test_server server(with_memory(16 * mebibyte));
  const auto before = metric(server.port(), "ws_demo_memory_bytes");
  raw_client client(server.port());
  client.open();
  client.send(begun_message(300));
  EXPECT_TRUE(
      becomes([&] { return metric(server.port(), "ws_demo_memory_bytes") > before + 7000; }));
  EXPECT_LT(metric(server.port(), "ws_demo_memory_bytes"), before + 20000)
      << "as much as has come, not as much as is announced";
  client.send(begun_message(mebibyte).substr(300));
  EXPECT_TRUE(
      becomes([&] { return metric(server.port(), "ws_demo_memory_bytes") > before + mebibyte; }));
}

TEST(Memory, WhatInflatesAMessageCounts) {
  auto o = with_memory(16 * mebibyte);
  o.deflate = true;
  const test_server server(o);
  const auto before = metric(server.port(), "ws_demo_memory_bytes");
  raw_client client(server.port());
  client.send(
      "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
  client.read_until("\r\n\r\n");
  auto begun = encode(opcode::text, "\x4a\x4c\x04", /*fin=*/false);  // RFC 7692 section 7.2.3.1
  begun.front() = static_cast<char>(begun.front() | 0x40);
  client.send(begun);
  EXPECT_TRUE(
      becomes([&] { return metric(server.port(), "ws_demo_memory_bytes") > before + (40 << 10); }));
}

TEST(Memory, TheHeadOfARequestCountsWhileItsBodyComes) {
  const test_server server(with_memory(16 * mebibyte));
  const auto before = metric(server.port(), "ws_demo_memory_bytes");
  std::string fields;
  for (int i = 0; i < 30; ++i) fields += "X: " + std::string(1000, 'x') + "\r\n";
  raw_client client(server.port());
  client.send("POST /topics/a HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
              publisher_token + "\r\nContent-Type: application/json\r\nContent-Length: 9\r\n" +
              fields + "\r\n1");
  // The buffer alone, that it was read into, would be 51,000 bytes.
  EXPECT_TRUE(
      becomes([&] { return metric(server.port(), "ws_demo_memory_bytes") > before + 70'000; }));
}

TEST(Memory, OverTheLimitThoseAreClosedThatHoldMost) {
  const test_server server(with_memory(16 * mebibyte));
  raw_client small(server.port());
  small.open();
  const auto message = encode(opcode::text, std::string(5000, 'x'));
  small.send(message.substr(0, 2000));
  raw_client idle(server.port());
  idle.open();
  std::deque<raw_client> large;
  for (int i = 0; i < 40; ++i) large.emplace_back(server.port()).open();
  int sent = 0;
  for (auto& client : large) {
    client.send(begun_message(900'000));
    ++sent;
    if (metric(server.port(), R"(ws_demo_closed_total{code="1013"})") > 0) break;
  }
  EXPECT_GT(sent, 8);
  EXPECT_LT(sent, 40);
  EXPECT_TRUE(
      becomes([&] { return metric(server.port(), "ws_demo_memory_bytes") <= 16 * mebibyte; }));
  EXPECT_TRUE(echoes(idle));
  small.send(message.substr(2000));
  EXPECT_EQ(small.read_reply().payload.size(), 5000U) << "who holds little stays";
}

TEST(Memory, QueuesOfPeersThatDoNotReadCount) {
  test_server server(with_memory(16 * mebibyte));
  raw_client reader(server.port());
  reader.subscribe("/?topic=t");
  std::deque<raw_client> stuck;
  for (int i = 0; i < 8; ++i) {
    stuck.emplace_back(server.port(), 4096);
    stuck.back().subscribe("/?topic=t");
  }
  std::size_t sent = 0;
  while (metric(server.port(), R"(ws_demo_closed_total{code="1013"})") == 0 && sent < 400'000) {
    for (int i = 0; i < 2000; ++i, ++sent) server.publish("t", "1");
    for (int i = 0; i < 2000; ++i) reader.read_frame();
    ASSERT_LE(metric(server.port(), "ws_demo_memory_bytes"), 17 * mebibyte);
  }
  EXPECT_EQ(metric(server.port(), R"(ws_demo_closed_total{code="1008"})"), 0U);
  EXPECT_TRUE(echoes(reader));
}

/// With a history that is as large as it may be.
class ShortOfMemory : public ::testing::Test {
 protected:
  static options limits() {
    auto o = with_memory(8 * mebibyte);
    o.history_bytes = 64 * mebibyte;
    o.max_message_bytes = 8 * mebibyte;
    return o;
  }
  ShortOfMemory() {
    holder.open();
    const std::string payload = '"' + std::string(60'000, 'x') + '"';
    for (int i = 0; i < 200; ++i) server.publish("t", payload);
  }
  /// Has a peer hold nearly all of what the history leaves.
  void fill() {
    const auto used = metric(server.port(), "ws_demo_memory_bytes");
    const auto message =
        encode(opcode::binary, std::string(8 * mebibyte - used - mebibyte / 4, 'x'));
    holder.send(std::string_view(message).substr(0, message.size() - 1));
    EXPECT_TRUE(
        becomes([&] { return answer_to_get(server.port(), "/readyz").ends_with("memory\n"); }));
  }

  test_server server{limits()};
  raw_client holder{server.port()};
};

TEST_F(ShortOfMemory, TheHistoryTakesAtMostHalf) {
  EXPECT_TRUE(
      becomes([&] { return metric(server.port(), "ws_demo_history_bytes") > 3 * mebibyte; }));
  EXPECT_LE(metric(server.port(), "ws_demo_history_bytes"), 4 * mebibyte);
}

TEST_F(ShortOfMemory, NewPeersAndPublishersAreRefused) {
  fill();
  raw_client peer(server.port());
  EXPECT_ANY_THROW(peer.open());
  raw_client publisher(server.port());
  publisher.send("POST /topics/t HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
                 publisher_token +
                 "\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n1");
  const auto answer = publisher.read_answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
  EXPECT_NE(answer.find("Retry-After: "), std::string::npos) << answer;
  EXPECT_TRUE(publisher.at_end());
  EXPECT_EQ(metric(server.port(), R"(ws_demo_refused_total{reason="memory"})"), 2U);
  EXPECT_TRUE(answer_to_get(server.port(), "/healthz").starts_with("HTTP/1.1 200 "));
}

#ifndef __SANITIZE_ADDRESS__  // which needs more addresses than there are
TEST(OutOfMemory, TheServerLivesAndLowersItsLimit) {
  program server({"sh", "-c", R"(ulimit -v 250000 && exec "$@")", "sh", WS_DEMO_PROGRAM, "--port",
                  "0", "--max-memory", "1GiB"});
  server.wait_for_error("listening on ws://");
  const auto port = port_in(server.wait_for_error("\n"));
  const auto message = begun_message(900'000);
  std::deque<raw_client> peers;
  try {
    while (peers.size() < 300) {
      peers.emplace_back(port).open();
      peers.back().send(message);
    }
  } catch (const std::runtime_error&) {  // NOLINT(bugprone-empty-catch): refused by now
  }
  server.wait_for_error("out of memory: limit=");
  peers.clear();
  EXPECT_TRUE(becomes([&] { return answer_to_get(port, "/readyz").starts_with("HTTP/1.1 200 "); }));
  raw_client client(port);
  client.open();
  EXPECT_TRUE(echoes(client));
  server.signal(SIGTERM);
  EXPECT_EQ(server.wait(), 0);
}
#endif

}  // namespace
}  // namespace ws_demo::testing
