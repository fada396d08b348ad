// Clients that read slowly or not at all: who stays, and what the kernel holds for them.

#include "program.hpp"
#include "raw_client.hpp"
#include "scratch_folder.hpp"
#include "test_server.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;

/// Sends messages, which come back, until nothing more is taken of it.
void flood(raw_client& client) {
  const auto message = encode(opcode::binary, std::string(65536, 'x'));
  while (client.try_send(message)) {
  }
}

class SlowReader : public ::testing::TestWithParam<int> {
 protected:
  static constexpr std::chrono::milliseconds write_timeout = 2s;

  static options with_time_out() {
    auto o = quiet();
    o.write_timeout = write_timeout;
    return o;
  }
  /// Reads a quarter of the receive buffer ten times in each time-out.
  static std::size_t sip(raw_client& client) {
    std::this_thread::sleep_for(write_timeout / 10);  // it is slow
    const auto taken = client.discard(static_cast<std::size_t>(GetParam()) / 4);
    if (!taken) throw std::runtime_error("it was dropped");
    return *taken;
  }

  test_server server{with_time_out()};
};

TEST_P(SlowReader, APeerThatReadsSteadilyStays) {
  raw_client client(server.port(), GetParam());
  client.open();
  flood(client);
  const auto begun = steady_clock::now();
  std::size_t taken = 0;
  while (steady_clock::now() - begun < 3 * write_timeout) ASSERT_NO_THROW(taken += sip(client));
  EXPECT_GE(taken, 5 * static_cast<std::size_t>(GetParam())) << "what was on its way is not all";
}

TEST_P(SlowReader, OneThatReadsNothingIsDroppedWhenTheTimeIsOver) {
  raw_client client(server.port(), GetParam());
  client.open();
  const auto begun = steady_clock::now();
  flood(client);
  EXPECT_TRUE(client.is_reset());
  EXPECT_GE(steady_clock::now() - begun, write_timeout);
}

INSTANTIATE_TEST_SUITE_P(ReceiveBuffers, SlowReader, ::testing::Values(2048, 4096, 32768),
                         [](const auto& buffer) {
                           return "Of" + std::to_string(buffer.param) + "Bytes";
                         });

/// Nothing says that it has gone but that it acknowledges nothing.
TEST(SlowClient, OneThatVanishesIsDropped) {
  ws_demo_program server(
      {"--interval", "20ms", "--write-timeout", "500ms", "--idle-timeout", "1h"});
  raw_client client(server.port());
  client.open();
  client.read_frame();
  if (!client.vanish()) GTEST_SKIP() << "this needs CAP_NET_ADMIN";
  server.wait_for_error("code=1006 reason=\"nothing was taken\"");
}

/// Bytes that the kernel holds for those who have connected to this port: the longest send queue of
/// all (/proc/net/tcp, proc(5)).
std::size_t longest_send_queue(std::uint16_t port) {
  std::ifstream sockets("/proc/net/tcp");
  std::string line;
  std::size_t longest = 0;
  while (std::getline(sockets, line)) {
    unsigned local_port = 0;
    unsigned long bytes = 0;
    // NOLINTNEXTLINE(cert-err34-c,cppcoreguidelines-pro-type-vararg): the kernel's own format
    if (std::sscanf(line.c_str(), "%*d: %*x:%x %*x:%*x %*x %lx", &local_port, &bytes) == 2 &&
        local_port == port)
      longest = std::max<std::size_t>(longest, bytes);
  }
  return longest;
}

/// The same, once it does not grow any more.
std::size_t settled_send_queue(std::uint16_t port) {
  std::size_t longest = 0;
  for (int unchanged = 0; unchanged < 20; ++unchanged) {
    std::this_thread::sleep_for(10ms);
    const auto now = longest_send_queue(port);
    if (now > longest) unchanged = 0;
    longest = std::max(longest, now);
  }
  return longest;
}

/// What the kernel may hold, beside what it is told to: it takes a last piece of up to 64 KiB.
constexpr std::size_t slack_bytes = std::size_t{128} << 10;

TEST(KernelMemory, APeerThatReadsNothingHasLittleInTheKernel) {
  const test_server server;
  raw_client client(server.port(), 4096);
  client.open();
  flood(client);
  const auto held = settled_send_queue(server.port());
  EXPECT_GT(held, quiet().max_unsent_bytes / 2);
  EXPECT_LE(held, quiet().max_unsent_bytes + slack_bytes);
}

TEST(KernelMemory, AnswersThatNobodyReadsAreNotAllInTheKernel) {
  const scratch_folder page;
  page.write("index.html", "hello");
  page.write("large.bin", std::string(std::size_t{1} << 20, 'x'));
  auto o = quiet();
  o.web_root = page.path();
  const test_server server(o);
  raw_client client(server.port(), 4096);
  std::string requests;
  for (int i = 0; i < 50; ++i) requests += "GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n";
  client.send(requests);
  const auto held = settled_send_queue(server.port());
  EXPECT_GT(held, o.max_unsent_bytes / 2);
  EXPECT_LE(held, o.max_unsent_bytes + slack_bytes);
}

}  // namespace
}  // namespace ws_demo::testing
