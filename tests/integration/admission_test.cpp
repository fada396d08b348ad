// Who may connect, and how many.

#include "program.hpp"
#include "raw_client.hpp"
#include "test_server.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace ws_demo::testing {
namespace {

std::string handshake(const std::string& host, const std::string& origin) {
  return "GET /ws HTTP/1.1\r\nHost: " + host + "\r\nOrigin: " + origin +
         "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
}

std::string answer_to(std::uint16_t port, const std::string& request) {
  raw_client client(port);
  client.send(request);
  return client.read_until("\r\n\r\n").substr(0, 12);
}

TEST(Admission, APageOfAnotherSiteIs403) {
  const test_server server;
  EXPECT_EQ(answer_to(server.port(), handshake("localhost", "https://evil.example")),
            "HTTP/1.1 403");
  EXPECT_EQ(answer_to(server.port(), handshake("localhost", "http://localhost:5173")),
            "HTTP/1.1 101");
}

TEST(Admission, APageThatIsNamedMayConnect) {
  auto o = quiet();
  o.allowed_origins = {"https://app.example.com"};
  const test_server server(o);
  EXPECT_EQ(answer_to(server.port(), handshake("localhost", "https://app.example.com")),
            "HTTP/1.1 101");
}

TEST(Admission, AForeignNameForAServerOnLoopbackIs403) {
  const test_server server;
  EXPECT_EQ(answer_to(server.port(), handshake("evil.example", "http://evil.example")),
            "HTTP/1.1 403");
  EXPECT_EQ(answer_to(server.port(), "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
            "HTTP/1.1 403");
}

TEST(Admission, OverTheLimitIs503UntilAPeerGoes) {
  auto o = quiet();
  o.max_peers = 2;
  const test_server server(o);
  std::optional<raw_client> first(server.port());
  first->open();
  raw_client second(server.port());
  second.open();
  const auto third = handshake("localhost", "http://localhost");
  const std::string ready = "GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n";
  {
    raw_client refused(server.port());
    refused.send(third);
    const auto answer = refused.read_answer();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
    EXPECT_NE(answer.find("Retry-After: 5"), std::string::npos);
  }
  {
    raw_client probe(server.port());
    probe.send(ready);
    const auto answer = probe.read_answer();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ") && answer.ends_with("full\n")) << answer;
  }
  first->send(opcode::close, close_payload(1000));
  EXPECT_EQ(first->read_frame().op, opcode::close);
  EXPECT_TRUE(first->at_end());
  EXPECT_EQ(answer_to(server.port(), ready), "HTTP/1.1 200");
  EXPECT_EQ(answer_to(server.port(), third), "HTTP/1.1 101");
}

TEST(Admission, OverTheLimitOfAnAddressIs429) {
  auto o = quiet();
  o.max_peers_per_address = 1;
  const test_server server(o);
  raw_client first(server.port());
  first.open();
  EXPECT_EQ(answer_to(server.port(), handshake("localhost", "http://localhost")), "HTTP/1.1 429");
}

TEST(Admission, OverAHundredFieldsIs431) {
  const test_server server;
  std::string fields;
  for (int i = 0; i < 99; ++i) fields += "X: y\r\n";
  const auto get = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + fields;
  EXPECT_EQ(answer_to(server.port(), get + "\r\n"), "HTTP/1.1 200");
  EXPECT_EQ(answer_to(server.port(), get + "X: y\r\n\r\n"), "HTTP/1.1 431");
}

TEST(Admission, AConnectionIsClosedAfterItsLastRequest) {
  auto o = quiet();
  o.max_requests = 3;
  const test_server server(o);
  raw_client client(server.port());
  const std::string get = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
  for (int i = 1; i <= 3; ++i) {
    client.send(get);
    EXPECT_EQ(client.read_answer().find("Connection: close") != std::string::npos, i == 3);
  }
  EXPECT_TRUE(client.at_end());
}

TEST(Admission, RefusalsDoNotFloodTheLogAndCannotForgeALine) {
  ws_demo_program p;
  const auto port = p.port();
  for (int i = 0; i < 20; ++i) {
    const auto answer = answer_to(port, handshake("localhost", "https://evil\" forged=\"yes"));
    EXPECT_EQ(answer, "HTTP/1.1 403");
  }
  const auto& log = p.wait_for_error(" warning refused reason=origin not_logged=");
  EXPECT_NE(log.find("refused reason=origin peer=127.0.0.1:"), std::string::npos) << log;
  EXPECT_NE(log.find(R"(detail="https://evil\x22 forged=\x22yes")"), std::string::npos) << log;
}

TEST(Admission, TheOptionsMayBeRepeated) {
  ws_demo_program p({"--allow-origin", "https://one.example", "--allow-origin",
                     "https://two.example", "--allow-host", "app.example"});
  const auto port = p.port();
  for (const char* origin : {"https://one.example", "https://two.example"})
    EXPECT_EQ(answer_to(port, handshake("app.example", origin)), "HTTP/1.1 101");
}

}  // namespace
}  // namespace ws_demo::testing
