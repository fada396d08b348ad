// A server that listens on a Unix-domain socket.

#include "program.hpp"
#include "raw_client.hpp"
#include "scratch_file.hpp"
#include "test_server.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;

class UnixSocket : public ::testing::Test {
 protected:
  options at_socket() const {
    auto o = quiet();
    o.unix_socket = file.path();
    return o;
  }
  std::filesystem::path path() const { return file.path(); }
  std::string host() const { return "unix:" + file.path(); }

  /// As a proxy says whose request it is.
  static constexpr const char* from_one = "X-Forwarded-For: 203.0.113.7\r\n";
  static constexpr const char* from_another = "X-Forwarded-For: 203.0.113.8\r\n";

  const scratch_file file{"unix_socket"};
};

TEST_F(UnixSocket, PeersAreServedAsOverTCP) {
  auto o = at_socket();
  o.interval = 10ms;
  const test_server server(o);
  raw_client peer(path());
  peer.open();
  EXPECT_TRUE(peer.read_frame().payload.starts_with(R"({"topic":"random")"));
  const std::string large(300'000, 'x');  // more than the kernel takes at once
  peer.send(opcode::text, large);
  EXPECT_EQ(peer.read_reply().payload, large);

  raw_client asking(path());
  asking.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(asking.read_answer().starts_with("HTTP/1.1 200 "));
  asking.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  asking.read_until(R"(data: {"topic":"random")");
}

/// Whoever replaces a port of loopback by it changes nothing else.
TEST_F(UnixSocket, NamesAndPagesAreAcceptedAsOnLoopback) {
  auto o = at_socket();
  o.allowed_hosts = {"app.example.com"};
  const test_server server(o);
  const auto status = [&](const std::string& fields) {
    raw_client client(path());
    client.send("GET /events HTTP/1.1\r\n" + fields + "\r\n");
    return client.read_until("\r\n").substr(9, 3);
  };
  EXPECT_EQ(status("Host: app.example.com\r\n"), "200");
  EXPECT_EQ(status("Host: app.example.com\r\nOrigin: https://app.example.com\r\n"), "200");
  EXPECT_EQ(status("Host: localhost\r\nOrigin: http://localhost:5173\r\n"), "200");
  EXPECT_EQ(status("Host: evil.example\r\nOrigin: http://evil.example\r\n"), "403");
}

TEST_F(UnixSocket, TheLimitOfAnAddressIsThatOfTheClientThatATrustedProxyNames) {
  auto o = at_socket();
  o.max_peers_per_address = 1;
  o.trusted_proxies = {"unix:"};
  const test_server server(o);
  raw_client first(path());
  raw_client same(path());
  raw_client another(path());
  raw_client unnamed(path());
  raw_client unnamed_too(path());
  first.open("/ws", from_one);
  EXPECT_EQ(same.open_in_vain("/ws", from_one).substr(9, 3), "429");
  another.open("/ws", from_another);
  unnamed.open("/ws");
  EXPECT_NO_THROW(unnamed_too.open("/ws")) << "it has no address";
}

TEST_F(UnixSocket, WhatAProxySaysIsIgnoredUnlessItIsTrusted) {
  auto o = at_socket();
  o.max_peers_per_address = 1;
  o.trusted_proxies = {"127.0.0.1", "0.0.0.0"};
  const test_server server(o);
  raw_client first(path());
  raw_client same(path());
  first.open("/ws", from_one);
  EXPECT_NO_THROW(same.open("/ws", from_one));
}

TEST_F(UnixSocket, TheLogNamesTheClientAndNumbersTheConnection) {
  ws_demo_program p({"--host", host(), "--trusted-proxy", "unix:"});
  p.wait_for_error("listening on " + host() + "\n");
  raw_client unnamed(path());
  unnamed.open();
  p.wait_for_error("peer opened peer=unix:1 path=/\n");
  raw_client named(path());
  named.open("/ws", from_one);
  p.wait_for_error("peer opened peer=203.0.113.7 via=unix:2 path=/ws\n");
}

TEST_F(UnixSocket, ALimitThatCountsNobodyIsWarnedOf) {
  const auto is_warned = [](std::vector<std::string> options) {
    options.insert(options.end(), {"--max-peers-per-address", "1"});
    ws_demo_program p(options);
    const auto& log = p.wait_for_error("serving page=");
    return log.find("max-peers-per-address has no effect") != std::string::npos;
  };
  EXPECT_TRUE(is_warned({"--host", host()}));
  EXPECT_FALSE(is_warned({"--host", host(), "--trusted-proxy", "unix:"}));
  EXPECT_FALSE(is_warned({}));
}

TEST_F(UnixSocket, IsRemovedWhenTheProgramEnds) {
  ws_demo_program p({"--host", host(), "--socket-mode", "0600"});
  p.wait_for_error("listening on ");
  EXPECT_EQ(std::filesystem::status(path()).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  p.signal(SIGTERM);
  EXPECT_EQ(p.wait(), 0);
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(UnixSocket, TheNextProgramReplacesThatOfOneThatWasKilled) {
  {
    ws_demo_program killed({"--host", host()});
    killed.wait_for_error("listening on ");
    ws_demo_program second({"--host", host()});
    EXPECT_EQ(second.wait(), 1);
    EXPECT_NE(second.errors().find("cannot listen on " + host() + ": Address already in use"),
              std::string::npos)
        << second.errors();
    killed.signal(SIGKILL);
    killed.wait();
  }
  EXPECT_TRUE(std::filesystem::exists(path()));
  ws_demo_program next({"--host", host()});
  next.wait_for_error("listening on ");
  raw_client(path()).open();
}

TEST_F(UnixSocket, APeerThatTakesNothingIsDropped) {
  auto o = at_socket();
  o.write_timeout = 2s;
  o.min_bytes_per_second = std::size_t{1} << 30;  // a block takes no time
  const test_server server(o);
  raw_client slow(path());
  slow.open();
  const std::string message(std::size_t{1} << 20, 'x');
  slow.send(opcode::binary, message);
  EXPECT_TRUE(slow.is_reset());
}

/// It never sends anything.
TEST_F(UnixSocket, AListenerOfAnEventStreamStays) {
  auto o = at_socket();
  o.idle_timeout = 400ms;
  const test_server server(o);
  raw_client client(path());
  client.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  for (int i = 0; i < 6; ++i) EXPECT_NO_THROW(client.read_until(":\n\n"));  // three time-outs long
}

TEST_F(UnixSocket, APeerThatIsSilentIsDroppedAndOneThatAnswersStays) {
  auto o = at_socket();
  o.idle_timeout = 2s;
  const test_server server(o);
  raw_client silent(path());
  raw_client answering(path());
  silent.open();
  answering.open();
  EXPECT_EQ(silent.read_frame().op, opcode::ping);
  for (int i = 0; i < 4; ++i) {
    const auto ping = answering.read_frame();
    ASSERT_EQ(ping.op, opcode::ping);
    answering.send(opcode::pong, ping.payload);
  }
  EXPECT_TRUE(silent.at_end());
}

}  // namespace
}  // namespace ws_demo::testing
