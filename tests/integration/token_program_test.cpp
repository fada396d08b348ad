// Tokens and the program: SIGHUP, and what the log has.

#include "deadline.hpp"
#include "http_get.hpp"
#include "program.hpp"
#include "publish_fixture.hpp"
#include "raw_client.hpp"
#include "token_file.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;

std::string asked(std::uint16_t port, const std::string& signed_token) {
  raw_client client(port);
  client.send("GET /events?topic=t HTTP/1.1\r\nHost: localhost\r\n" + bearer(signed_token) +
              "\r\n");
  return client.read_until("\r\n").substr(9, 3);
}

TEST(TokenProgram, ReadsItsKeysAgain) {
  token_keys keys("first");
  const auto first = keys.sign_for({"t"});
  ws_demo_program server({"--token-keys", keys.path()});
  const auto port = server.port();
  raw_client stays(port);
  stays.subscribe("/?topic=t", bearer(first));

  keys.write("second");
  const auto second = keys.sign_for({"t"});
  EXPECT_EQ(asked(port, second), "401");
  server.signal(SIGHUP);
  server.wait_for_error("keys=1 public=random\n");
  // The first such line was older.
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (asked(port, second) != "200" && std::chrono::steady_clock::now() < give_up)
    std::this_thread::yield();
  EXPECT_EQ(asked(port, second), "200");
  EXPECT_EQ(asked(port, first), "401");

  keys.write_text("{");
  server.signal(SIGHUP);
  server.wait_for_error("it is not a JWK Set: {\"keys\":[...]}; the keys stay as they are");
  std::filesystem::remove(keys.path());
  server.signal(SIGHUP);
  server.wait_for_error("No such file or directory; the keys stay as they are");
  EXPECT_EQ(asked(port, second), "200");
  stays.send(opcode::text, "still there");
  EXPECT_EQ(stays.read_frame().payload, "still there");
}

TEST(TokenProgram, WithoutKeysTheSignalEndsIt) {
  ws_demo_program server;
  server.port();
  server.signal(SIGHUP);
  EXPECT_EQ(server.wait(), 128 + SIGHUP);
}

TEST(TokenProgram, DoesNotStartWithKeysThatCannotBeUsed) {
  const token_keys keys("unusable");
  keys.write_text(R"({"keys":[{"kty":"oct","kid":"a","k":"c2hvcnQ"}]})");
  ws_demo_program server({"--token-keys", keys.path()});
  EXPECT_EQ(server.wait(), 1);
  EXPECT_NE(server.errors().find("key 'a': it has 5 bytes; HS256 needs 32 or more"),
            std::string::npos)
      << server.errors();
}

/// In whatever way it comes, and whether it is taken or not.
TEST(TokenProgram, TheLogHasNoToken) {
  const token_keys keys("logged");
  ws_demo_program server({"--token-keys", keys.path(), "--log-level", "trace", "--token-in-query",
                          "--token-cookie", "tk"});
  const auto port = server.port();
  auto claims = claims_to_subscribe({"t"});
  claims["sub"] = "ann\n\"x\"" + std::string(100, 'y');
  const auto good = keys.sign(claims);
  const auto bad = good.substr(0, good.size() - 1);
  for (const auto& each : {good, bad}) {
    EXPECT_NE(asked(port, each), "");
    get(port, "/topics/t?access_token=" + each);
    for (const auto& fields : {"Sec-WebSocket-Protocol: ws-demo.v1, bearer." + each + "\r\n",
                               "Origin: http://localhost\r\nCookie: tk=" + each + "\r\n"}) {
      raw_client client(port);
      client.send(
          "GET /ws?topic=t HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
          "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
          fields + "\r\n");
      client.read_until("\r\n\r\n");
    }
    raw_client in_query(port);
    in_query.send("GET /events?topic=t&access_token=" + each +
                  " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    in_query.read_until("\r\n\r\n");
    raw_client publisher(port);
    publisher.send(request_to_publish("/topics/t", "1", {{"Authorization", "Bearer " + each}}));
    publisher.read_answer();
  }
  server.signal(SIGTERM);
  EXPECT_EQ(server.wait(), 0);
  EXPECT_NE(server.errors().find("sub=\"ann\\x0a\\x22x\\x22yyy"), std::string::npos)
      << server.errors();
  EXPECT_EQ(server.errors().find(std::string(64, 'y')), std::string::npos);
  EXPECT_EQ(server.errors().find(good.substr(0, 20)), std::string::npos);
  EXPECT_EQ(server.errors().find(good.substr(good.size() - 20, 10)), std::string::npos);
  EXPECT_EQ(server.errors().find(base64url(claims.dump()).substr(10, 20)), std::string::npos);
}

}  // namespace
}  // namespace ws_demo::testing
