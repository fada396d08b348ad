// How many connections there may be, and which is closed to make room for another.

#include "deadline.hpp"
#include "http_get.hpp"
#include "program.hpp"
#include "raw_client.hpp"
#include "test_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <list>
#include <memory>
#include <string>
#include <thread>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;

/// A page that is more than the sockets hold: who does not read it keeps its answer from being
/// finished.
class long_page {
 public:
  long_page() {
    std::filesystem::create_directory(folder);
    std::ofstream(folder / "index.html") << "<!doctype html>";
    std::filesystem::resize_file(folder / "index.html", std::uintmax_t{8} << 20);
  }
  ~long_page() { std::filesystem::remove_all(folder); }
  long_page(const long_page&) = delete;
  long_page& operator=(const long_page&) = delete;

  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) /
                                       ("ws_demo_long_page_" + std::to_string(::getpid()));
};

/// Asks on a connection that stays open.
std::string ask(raw_client& client, const std::string& path) {
  client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  return client.read_answer();
}

/// A server of which everything on the port for operators can be asked at any time.
options limited_to(std::size_t connections) {
  auto o = quiet();
  o.max_connections = connections;
  o.admin_port = 0;
  return o;
}

/// Clients of a server, each with a connection of its own.
class clients {
 public:
  explicit clients(std::uint16_t port) : port_(port) {}
  raw_client& add(int receive_buffer_bytes = 0) {
    return all_.emplace_back(port_, receive_buffer_bytes);
  }
  raw_client& add_idle() {
    auto& client = add();
    EXPECT_TRUE(is(ask(client, "/healthz"), 200));
    return client;
  }
  raw_client& add_peer() {
    auto& client = add();
    client.open();
    return client;
  }
  /// One that does not read the long page that it is sent.
  raw_client& add_reader() {
    auto& client = add(4096);
    client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    client.read_until("\r\n\r\n");
    return client;
  }

 private:
  std::uint16_t port_;
  std::list<raw_client> all_;
};

TEST(ConnectionLimits, TheOneThatIsIdleTheLongestGoesFirst) {
  const test_server server(limited_to(3));
  clients some(server.port());
  auto& first = some.add_idle();
  auto& second = some.add_idle();
  auto& third = some.add_idle();
  ask(first, "/healthz");
  EXPECT_TRUE(is(get(server.port(), "/healthz"), 200)) << "a fourth";
  EXPECT_TRUE(second.at_end());
  EXPECT_TRUE(is(ask(third, "/healthz"), 200));
  EXPECT_TRUE(is(ask(first, "/healthz"), 200));
  EXPECT_EQ(measured(server.admin_port(), "ws_demo_idle_closed_total"), 1);
  EXPECT_EQ(measured(server.admin_port(), R"(ws_demo_refused_total{reason="connections"})"), 0);
}

TEST(ConnectionLimits, AHeadThatDoesNotEndIsIdleHoweverOftenMoreOfItComes) {
  const test_server server(limited_to(2));
  clients some(server.port());
  auto& slow = some.add();
  slow.send("GET /healthz HTTP/1.1\r\n");
  auto& kept = some.add_idle();
  slow.send("Host: localhost\r\n");
  some.add_idle();
  EXPECT_TRUE(slow.at_end());
  EXPECT_TRUE(is(ask(kept, "/healthz"), 200));
}

TEST(ConnectionLimits, OneThatHasItsLastAnswerAndDoesNotCloseIsIdle) {
  auto o = limited_to(2);
  o.max_requests = 1;  // FIN after it, and reading until the client closes, too
  const test_server server(o);
  clients some(server.port());
  auto& first = some.add_idle();
  auto& second = some.add_idle();
  EXPECT_TRUE(first.at_end() && second.at_end());
  EXPECT_TRUE(is(get(server.port(), "/healthz"), 200));
  EXPECT_TRUE(first.is_reset());
}

TEST(ConnectionLimits, WhoeverIsServedKeepsOutAFloodWhichIsCounted) {
  const long_page page;
  auto o = limited_to(4);
  o.web_root = page.folder;
  const test_server server(o);
  clients some(server.port());
  auto& peer = some.add_peer();
  auto& listener = some.add();
  listener.send("GET /events?topic=t HTTP/1.1\r\nHost: localhost\r\n\r\n");
  listener.read_until("retry: ");
  auto& reader = some.add_reader();
  some.add_reader();
  constexpr int flood = 50;
  for (int i = 0; i < flood; ++i) EXPECT_TRUE(some.add().at_end());
  EXPECT_EQ(measured(server.admin_port(), R"(ws_demo_refused_total{reason="connections"})"), flood);
  EXPECT_EQ(measured(server.admin_port(), "ws_demo_idle_closed_total"), 0);
  EXPECT_EQ(measured(server.admin_port(), "ws_demo_peers"), 2);
  peer.send(opcode::text, "still here");
  EXPECT_EQ(peer.read_reply().payload, "still here");
  EXPECT_EQ(reader.read_exactly(std::size_t{8} << 20).size(), std::size_t{8} << 20);
  EXPECT_TRUE(is(get(server.port(), "/healthz"), 200)) << "now there is one that is idle";
}

TEST(ConnectionLimits, AnAddressHasALimitOfItsOwn) {
  const long_page page;
  auto o = limited_to(0);
  o.max_connections_per_address = 3;
  o.web_root = page.folder;
  const test_server server(o);
  clients some(server.port());
  some.add_peer();
  auto& idle = some.add_idle();
  some.add_idle();
  some.add_reader();
  EXPECT_TRUE(idle.at_end()) << "it was idle the longest";
  some.add_reader();
  EXPECT_TRUE(some.add().at_end());
  EXPECT_EQ(measured(server.admin_port(), R"(ws_demo_refused_total{reason="address_connections"})"),
            1);
  EXPECT_EQ(measured(server.admin_port(), "ws_demo_idle_closed_total"), 2);
}

TEST(ConnectionLimits, OperatorsMakeRoomForEachOther) {
  const test_server server(limited_to(1));
  clients operators(server.admin_port());
  auto& first = operators.add_idle();
  auto& second = operators.add_idle();
  for (int i = 2; i < 17; ++i) operators.add_idle();  // one more than there are places
  EXPECT_TRUE(first.at_end());
  EXPECT_TRUE(is(ask(second, "/metrics"), 200));
  EXPECT_TRUE(is(get(server.port(), "/healthz"), 200)) << "theirs are no places of others";
}

TEST(ConnectionLimits, InADrainOthersAreStillAnswered) {
  auto o = limited_to(4);
  o.shutdown_timeout = 1h;
  test_server server(o);
  auto peer = std::make_unique<raw_client>(server.port());
  peer->open();
  server.stop();
  EXPECT_EQ(peer->read_frame().close_code(), 1001);
  clients some(server.port());
  auto& first = some.add_idle();  // closes after its answer, but the client does not
  for (int i = 0; i < 20; ++i) some.add();
  const auto ready = get(server.port(), "/readyz");
  EXPECT_TRUE(is(ready, 503) && ready.ends_with("draining\n")) << ready;
  EXPECT_TRUE(first.is_reset());
  peer.reset();
  EXPECT_TRUE(server.stopped());
}

/// The server has read the head, but its coroutine has not gone on yet.
TEST(ConnectionLimits, AHeadThatComesWhileItsConnectionIsClosedOpensNothing) {
  asio::io_context io{1};
  server by_hand(io, limited_to(1));
  asio::co_spawn(io, by_hand.run(), asio::detached);
  raw_client first(by_hand.endpoint().port());
  first.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  while (first.silent_for(0)) io.poll_one();
  first.read_answer();
  first.send(
      "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  const raw_client second(by_hand.endpoint().port());
  std::thread loop([&io] { io.run(); });
  EXPECT_TRUE(first.at_end() || first.is_reset());
  EXPECT_EQ(measured(by_hand.admin_endpoint().port(), "ws_demo_idle_closed_total"), 1);
  EXPECT_EQ(measured(by_hand.admin_endpoint().port(), "ws_demo_peers_accepted_total"), 0);
  by_hand.stop();
  loop.join();
}

/// How many descriptors the program has in these tests, and what that allows.
constexpr int few_descriptors = 128;
constexpr int few_connections = 64;
constexpr int few_peers = 48;

TEST(ConnectionLimits, IdleConnectionsKeepNobodyOut) {
  ws_demo_program server({"--admin-port", "0", "--max-peers-per-address", "5"}, {},
                         few_descriptors);
  const auto begun = steady_clock::now();
  constexpr int many = 3 * few_connections;
  clients attackers(server.port());
  for (int i = 0; i < many; ++i) attackers.add_idle();
  clients others(server.port());
  others.add_idle();
  others.add_peer();
  EXPECT_GT(measured(server.admin_port(), "ws_demo_idle_closed_total"), many - few_connections);
  const auto keep_alive = options{}.keep_alive_timeout;
  EXPECT_LT(steady_clock::now() - begun, keep_alive / 2) << "nobody waited until they went";
}

TEST(ConnectionLimits, AServerThatIsFullOfPeersSaysSo) {
  ws_demo_program server({"--admin-port", "0"}, {}, few_descriptors);
  clients some(server.port());
  for (int i = 0; i < few_peers; ++i) some.add_peer();
  for (int i = 0; i < few_connections; ++i) some.add_idle();
  EXPECT_ANY_THROW(some.add_peer());
  EXPECT_EQ(measured(server.admin_port(), R"(ws_demo_refused_total{reason="full"})"), 1);
  const auto ready = get(server.port(), "/readyz");
  EXPECT_TRUE(is(ready, 503) && ready.ends_with("full\n")) << ready;
}

TEST(ConnectionLimits, OperatorsGetInWhereAllOthersAreServed) {
  const long_page page;
  ws_demo_program server({"--admin-port", "0", "--web-root", page.folder.string()}, {},
                         few_descriptors);
  clients some(server.port());
  for (int i = 0; i < few_peers; ++i) some.add_peer();
  for (int i = few_peers; i < few_connections; ++i) some.add_reader();
  for (int i = 0; i < few_descriptors; ++i) EXPECT_TRUE(some.add().at_end());
  clients operators(server.admin_port());
  for (int i = 0; i < 16; ++i) operators.add_idle();
  EXPECT_EQ(measured(server.admin_port(), R"(ws_demo_refused_total{reason="connections"})"),
            few_descriptors);
  EXPECT_LT(measured(server.admin_port(), "process_open_fds"), few_descriptors);
}

}  // namespace
}  // namespace ws_demo::testing
