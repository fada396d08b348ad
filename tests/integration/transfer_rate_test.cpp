// Answers and bodies that take long: they may, while they move at the least rate.

#include "deadline.hpp"
#include "publish_fixture.hpp"
#include "raw_client.hpp"
#include "scratch_folder.hpp"
#include "test_server.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <sstream>
#include <string>
#include <thread>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t mib = std::size_t{1} << 20;

class LargeAnswer : public ::testing::Test {
 protected:
  static constexpr std::size_t size = 8 * mib;

  LargeAnswer() {
    page.write("index.html", "hello");
    page.write("large.bin", std::string(size, 'x'));
  }
  options serving() const {
    auto o = quiet();
    o.web_root = page.path();
    o.write_timeout = o.keep_alive_timeout = 1s;
    return o;
  }
  static void ask(raw_client& client) {
    client.send("GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }

  scratch_folder page;
};

TEST_F(LargeAnswer, MayTakeLong) {
  const test_server server(serving());
  raw_client client(server.port());
  ask(client);
  const auto begun = steady_clock::now();
  client.read_until("\r\n\r\n");
  constexpr std::size_t bytes_per_second = size / 4;
  constexpr std::size_t piece = 65536;
  for (std::size_t taken = 0; taken < size; taken += piece) {
    client.read_exactly(piece);
    std::this_thread::sleep_until(begun + taken * 1000ms / bytes_per_second);  // it is slow
  }
  EXPECT_GE(steady_clock::now() - begun, 3s);
  client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(client.read_answer().ends_with("hello"));
}

/// The kernel has all of it, and the server waits for the next request already.
TEST_F(LargeAnswer, MayStillBeTakenBetweenTwoRequests) {
  page.write("mid.bin", std::string(128 << 10, 'x'));
  const test_server server(serving());
  raw_client client(server.port(), 4096);
  client.send("GET /mid.bin HTTP/1.1\r\nHost: localhost\r\n\r\n");
  client.read_until("\r\n\r\n");
  const auto begun = steady_clock::now();
  for (int kib = 0; kib < 128; ++kib) {
    client.read_exactly(1024);
    std::this_thread::sleep_until(begun + kib * 40ms);  // it is slow
  }
  client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(client.read_answer().ends_with("hello"));
}

/// Never for long does it take nothing.
TEST_F(LargeAnswer, IsCutWhereItIsTakenTooSlowly) {
  auto o = serving();
  o.min_bytes_per_second = mib;
  const test_server server(o);
  raw_client client(server.port(), 4096);
  ask(client);
  const auto give_up = steady_clock::now() + patience;
  std::size_t taken = 0;
  while (const auto got = client.discard(1024)) {
    ASSERT_LT(steady_clock::now(), give_up) << taken;
    taken += *got;
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_LT(taken, size);
}

class LargeBody : public publish_fixture {
 protected:
  static constexpr auto timeout = 500ms;

  static options receiving() {
    auto o = publishing();
    o.handshake_timeout = timeout;
    return o;
  }
  static std::string events(std::size_t bytes) {
    const std::string line = R"({"topic":"t","payload":0})"
                             "\n";
    std::string lines;
    while (lines.size() < bytes) lines += line;
    return lines;
  }
  /// The head of a request whose body is in chunks.
  static std::string chunked_request() {
    return request_to_publish("/publish", "",
                              {{"Content-Length", ""}, {"Transfer-Encoding", "chunked"}});
  }
};

TEST_F(LargeBody, MayTakeLong) {
  const test_server impatient(receiving());
  raw_client client(impatient.port());
  const auto text = request_to_publish("/publish", events(65536));
  const auto begun = steady_clock::now();
  for (std::size_t sent = 0; sent < text.size(); sent += 2048) {
    client.send(std::string_view(text).substr(sent, 2048));
    std::this_thread::sleep_for(timeout / 8);  // it is slow
  }
  EXPECT_EQ(status(client.read_answer()), 200);
  EXPECT_GE(steady_clock::now() - begun, 3 * timeout);
}

TEST_F(LargeBody, MayTakeLongInChunksToo) {
  const test_server impatient(receiving());
  raw_client client(impatient.port());
  client.send(chunked_request());
  const auto lines = events(2048);
  std::ostringstream chunk;
  chunk << std::hex << lines.size() << "\r\n" << lines << "\r\n";
  for (int i = 0; i < 32; ++i) {
    client.send(chunk.str());
    std::this_thread::sleep_for(timeout / 8);  // it is slow
  }
  client.send("0\r\n\r\n");
  EXPECT_EQ(status(client.read_answer()), 200);
}

TEST_F(LargeBody, IsCutWhereItComesTooSlowly) {
  const test_server impatient(receiving());
  raw_client client(impatient.port());
  client.send(chunked_request());
  while (client.silent_for(10)) client.try_send("1\r\n \r\n");
  EXPECT_TRUE(client.is_reset());
}

/// Only what is published counts.
TEST_F(LargeBody, IsCutWhereMuchComesAndLittleOfItIsTheBody) {
  const test_server impatient(receiving());
  raw_client client(impatient.port());
  client.send(chunked_request());
  const auto chunk = "1;x=" + std::string(4096, 'x') + "\r\n \r\n";
  while (client.silent_for(10)) client.try_send(chunk);
  EXPECT_TRUE(client.is_reset());
}

}  // namespace
}  // namespace ws_demo::testing
