// Clients of trusted proxies, which say whose each request is.

#include "program.hpp"
#include "raw_client.hpp"
#include "test_server.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <regex>
#include <stdexcept>
#include <string>

namespace ws_demo::testing {
namespace {

/// @param fields of the head, each with its line break
std::string proxied_upgrade(const std::string& fields) {
  return "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
         fields + "\r\n";
}

std::string status_of_upgrade(raw_client& client, const std::string& fields) {
  client.send(proxied_upgrade(fields));
  return client.read_until("\r\n\r\n").substr(9, 3);
}

const std::string from_one = "X-Forwarded-For: 203.0.113.7\r\n";
const std::string from_another = "X-Forwarded-For: 203.0.113.8\r\n";

options one_peer_each(const std::string& trusted) {
  auto o = quiet();
  o.max_peers_per_address = 1;
  o.trusted_proxies = {trusted};
  return o;
}

TEST(Forwarded, TheLimitOfAnAddressIsThatOfTheClient) {
  const test_server server(one_peer_each("127.0.0.0/8"));
  raw_client first(server.port());
  raw_client same(server.port());
  raw_client another(server.port());
  EXPECT_EQ(status_of_upgrade(first, from_one), "101");
  EXPECT_EQ(status_of_upgrade(same, "Forwarded: for=\"203.0.113.7:80\";proto=https\r\n"), "429");
  EXPECT_EQ(status_of_upgrade(another, from_another), "101");
  raw_client ipv6(server.port());
  raw_client neighbour(server.port());
  EXPECT_EQ(status_of_upgrade(ipv6, "Forwarded: for=\"[2001:db8::1]\"\r\n"), "101");
  EXPECT_EQ(status_of_upgrade(neighbour, "X-Forwarded-For: 2001:db8::2\r\n"), "429");

  first.send(opcode::close, close_payload(1000));
  EXPECT_EQ(first.read_frame().op, opcode::close);
  EXPECT_TRUE(first.at_end());
  raw_client again(server.port());
  EXPECT_EQ(status_of_upgrade(again, from_one), "101") << "the place has been given back";
}

TEST(Forwarded, FromAnyOtherAddressTheFieldsAreIgnored) {
  const test_server server(one_peer_each("192.0.2.1"));
  raw_client first(server.port());
  raw_client second(server.port());
  EXPECT_EQ(status_of_upgrade(first, from_one), "101");
  EXPECT_EQ(status_of_upgrade(second, from_another), "429");
}

TEST(Forwarded, EachRequestOfAConnectionSaysWhoseItIs) {
  const test_server server(one_peer_each("127.0.0.1"));
  raw_client peer(server.port());
  EXPECT_EQ(status_of_upgrade(peer, from_one), "101");
  const auto ask = [](raw_client& client, const std::string& fields) {
    client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n");
    return client.read_answer().substr(9, 3);
  };
  raw_client refused(server.port());
  EXPECT_EQ(ask(refused, from_another), "200");
  EXPECT_EQ(status_of_upgrade(refused, from_one), "429");
  raw_client accepted(server.port());
  EXPECT_EQ(ask(accepted, from_one), "200");
  EXPECT_EQ(status_of_upgrade(accepted, from_another), "101");
  raw_client of_the_proxy(server.port());
  EXPECT_EQ(ask(of_the_proxy, from_one), "200");
  EXPECT_EQ(status_of_upgrade(of_the_proxy, ""), "101");
}

TEST(Forwarded, TheConnectionsOfATrustedProxyAreNotLimited) {
  auto o = quiet();
  o.max_connections_per_address = 1;
  o.trusted_proxies = {"127.0.0.1"};
  const test_server server(o);
  std::array<std::unique_ptr<raw_client>, 3> all;
  for (auto& client : all) {
    client = std::make_unique<raw_client>(server.port());
    EXPECT_EQ(status_of_upgrade(*client, from_one), "101");
  }
}

TEST(Forwarded, TheLogNamesTheClientAndTheConnection) {
  ws_demo_program p({"--trusted-proxy", "127.0.0.1", "--interval", "0"});
  const std::string via = R"( via=127\.0\.0\.1:\d+ )";
  const auto has_line = [&](const std::string& line) {
    return std::regex_search(p.errors(), std::regex(line));
  };
  raw_client client(p.port());
  const auto ask_as = [&](const std::string& fields) {
    client.send("GET /events HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n" +
                fields + "\r\n");
    client.read_answer();
  };
  ask_as(from_one);
  p.wait_for_error("refused reason=origin peer=203.0.113.7 via=127.0.0.1:");
  ask_as(from_another);
  p.wait_for_error("refused reason=origin peer=203.0.113.8 via=127.0.0.1:");
  ask_as("");
  p.wait_for_error("refused reason=origin peer=127.0.0.1:");

  EXPECT_EQ(status_of_upgrade(client, from_another), "101");
  client.send(opcode::close, close_payload(1000));
  EXPECT_EQ(client.read_frame().op, opcode::close);
  p.wait_for_error("duration=");
  EXPECT_TRUE(has_line("peer opened peer=203\\.0\\.113\\.8" + via + "path=/ws\n")) << p.errors();
  EXPECT_TRUE(has_line("peer closed peer=203\\.0\\.113\\.8" + via + "code=1000 ")) << p.errors();
}

TEST(Forwarded, ARequestThatDoesNotSayWhoseItIsIsNotThatOfTheOneBefore) {
  ws_demo_program p({"--trusted-proxy", "127.0.0.1", "--max-request-head", "4KiB"});
  raw_client client(p.port());
  client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + from_one + "\r\n");
  client.read_answer();
  client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(5000, 'x'));
  p.wait_for_error("refused reason=head peer=127.0.0.1:");
}

TEST(Forwarded, AServerOfWhatIsNoNetworkDoesNotStart) {
  for (const char* text : {"10.1.2.3/8", "0.0.0.0/0", "localhost"})
    EXPECT_THROW(test_server(one_peer_each(text)), std::invalid_argument) << text;
}

}  // namespace
}  // namespace ws_demo::testing
