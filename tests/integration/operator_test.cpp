// What an operator sees and does: metrics, readiness, draining.

#include "deadline.hpp"
#include "http_get.hpp"
#include "program.hpp"
#include "raw_client.hpp"
#include "scratch_file.hpp"
#include "test_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;

TEST(Operator, PromtoolFindsNothingWrongWithTheMetrics) {
  const test_server server(pushing(10ms));
  raw_client peer(server.port());
  peer.open();
  peer.send(opcode::text, "hello");
  peer.read_reply();
  const auto answer = get(server.port(), "/metrics");
  ASSERT_TRUE(is(answer, 200));
  const scratch_file file("metrics");
  std::ofstream(file.path()) << answer.substr(answer.find("\r\n\r\n") + 4);
  program promtool({"sh", "-c", "promtool check metrics <\"$0\"", file.path()});
  EXPECT_EQ(promtool.wait(), 0);
  EXPECT_EQ(promtool.output() + promtool.errors(), "");
}

TEST(Operator, MetricsCountWhatHappens) {
  const test_server server;
  {
    raw_client peer(server.port());
    peer.open();
    peer.send(opcode::text, "hello");
    peer.read_reply();
    peer.send(opcode::close, close_payload(1000));
    EXPECT_EQ(peer.read_frame().close_code(), 1000);
    EXPECT_TRUE(peer.at_end());
  }
  raw_client foreign(server.port());
  foreign.send("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  foreign.read_answer();
  const auto metrics = get(server.port(), "/metrics");
  for (const char* line :
       {"ws_demo_peers_accepted_total 1", "ws_demo_messages_received_total 1",
        "ws_demo_messages_received_bytes_total 5", "ws_demo_messages_sent_total 1",
        "ws_demo_messages_sent_bytes_total 5", R"(ws_demo_closed_total{code="1000"} 1)",
        R"(ws_demo_refused_total{reason="host"} 1)", "ws_demo_peers 0", "ws_demo_queue_bytes 0"})
    EXPECT_NE(metrics.find('\n' + std::string(line) + '\n'), std::string::npos) << line;
}

TEST(Operator, TheAdminPortTakesTheMetricsWithIt) {
  ws_demo_program server({"--admin-port", "0"});
  const auto port = server.port();
  const auto admin = server.admin_port();
  EXPECT_TRUE(is(get(admin, "/metrics"), 200));
  EXPECT_TRUE(is(get(admin, "/healthz"), 200));
  EXPECT_TRUE(is(get(admin, "/readyz"), 200));
  EXPECT_TRUE(is(get(admin, "/"), 404));
  EXPECT_TRUE(is(get(port, "/metrics"), 404));
  EXPECT_TRUE(is(get(port, "/healthz"), 200));
  EXPECT_ANY_THROW(raw_client(admin).open()) << "no peers there";
}

TEST(Operator, AnAdminPortInUseIsSaid) {
  ws_demo_program first;
  const auto port = std::to_string(first.port());
  program second({WS_DEMO_PROGRAM, "--port", "0", "--admin-port", port});
  EXPECT_EQ(second.wait(), 1);
  EXPECT_NE(second.errors().find("127.0.0.1:" + port), std::string::npos) << second.errors();
}

TEST(Operator, ADrainingServerSaysSoAndTakesNoPeers) {
  auto o = quiet();
  o.shutdown_timeout = 1h;
  test_server server(o);
  std::optional<raw_client> peer(server.port());
  peer->open();
  server.stop();
  EXPECT_EQ(peer->read_frame().close_code(), 1001);
  const auto ready = get(server.port(), "/readyz");
  EXPECT_TRUE(is(ready, 503)) << ready;
  EXPECT_NE(ready.find("draining"), std::string::npos) << ready;
  EXPECT_TRUE(is(get(server.port(), "/healthz"), 200));
  EXPECT_ANY_THROW(raw_client(server.port()).open());
  peer.reset();
  EXPECT_TRUE(server.stopped()) << "with its last peer";
}

TEST(Operator, ADrainIsSpread) {
  auto o = quiet();
  o.drain_spread = 1s;
  o.shutdown_timeout = 1h;
  test_server server(o);
  constexpr std::size_t count = 10;
  std::vector<std::unique_ptr<raw_client>> peers;
  for (std::size_t i = 0; i < count; ++i) {
    peers.push_back(std::make_unique<raw_client>(server.port()));
    peers.back()->open();
  }
  const auto begun = steady_clock::now();
  server.stop();
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_EQ(peers[i]->read_frame().close_code(), 1001);
    EXPECT_GE(steady_clock::now() - begun, (i + 1) * o.drain_spread / count) << "peer " << i;
    peers[i].reset();
  }
  EXPECT_LT(steady_clock::now() - begun, 2 * o.drain_spread);
  EXPECT_TRUE(server.stopped());
}

TEST(Operator, AFullPipeForTheLogHoldsNobodyUp) {
  ws_demo_program server;
  const auto port = server.port();
  for (int i = 0; i < 1500; ++i) {  // two lines of about 100 bytes each, where a pipe holds 64 KiB
    raw_client peer(port);
    peer.open();
  }
  EXPECT_TRUE(is(get(port, "/healthz"), 200));
}

}  // namespace
}  // namespace ws_demo::testing
