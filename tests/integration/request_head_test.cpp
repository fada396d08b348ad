// The head of a request: what may come before it, and how large it may be.

#include "publish_fixture.hpp"
#include "raw_client.hpp"
#include "test_server.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ws_demo::testing {
namespace {

constexpr std::size_t limit = std::size_t{32} << 10;

std::string cookies(std::size_t size) {
  return "Cookie: " + std::string(size, 'x') + "\r\n";
}

/// A request with a head of this size.
std::string request_of(std::size_t size, const std::string& target = "/healthz",
                       const std::string& fields = "") {
  const std::string begin = "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + fields;
  return begin + cookies(size - begin.size() - cookies(0).size() - 2) + "\r\n";
}

const std::string upgrade =
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

std::string status_of(std::uint16_t port, const std::string& request) {
  raw_client client(port);
  client.send(request);
  return client.read_answer().substr(0, 12);
}

TEST(RequestHead, HasRoomForCookies) {
  const test_server server;
  for (const auto& [target, fields] :
       {std::pair{"/", std::string()}, {"/events", std::string()}, {"/ws", upgrade}}) {
    const auto* const expected = fields.empty() ? "HTTP/1.1 200" : "HTTP/1.1 101";
    EXPECT_EQ(status_of(server.port(), request_of(limit, target, fields)), expected) << target;
    EXPECT_EQ(status_of(server.port(), request_of(limit + 1, target, fields)), "HTTP/1.1 431")
        << target;
  }
}

TEST(RequestHead, ItsLimitIsAnOption) {
  auto o = quiet();
  o.max_request_head_bytes = 1000;
  o.admin_port = 0;
  const test_server server(o);
  for (const auto port : {server.port(), server.admin_port()}) {
    EXPECT_EQ(status_of(port, request_of(1000)), "HTTP/1.1 200");
    EXPECT_EQ(status_of(port, request_of(1001)), "HTTP/1.1 431");
  }
  raw_client client(server.admin_port());
  client.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto counts = client.read_answer();
  EXPECT_NE(counts.find(R"(ws_demo_refused_total{reason="head"} 2)"), std::string::npos) << counts;
}

TEST(RequestHead, OfTheLargestLimitIsRead) {
  constexpr std::size_t largest = std::size_t{64} << 10;
  auto o = quiet();
  for (const auto chosen : {largest, 2 * largest}) {  // more is not allowed
    o.max_request_head_bytes = chosen;
    const test_server server(o);
    EXPECT_EQ(status_of(server.port(), request_of(largest)), "HTTP/1.1 200");
    EXPECT_EQ(status_of(server.port(), request_of(largest + 1)), "HTTP/1.1 431");
  }
}

TEST(RequestHead, TheLimitCountsWhatHasBeenParsedBefore) {
  const test_server server;
  raw_client client(server.port());
  // Each time that it reads, the server has whole fields and one byte of the next.
  std::string head = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ";
  head += std::string(64 - 3 - head.size(), 'x') + "\r\n";
  ASSERT_EQ(head.size(), 63U);
  while (head.size() < 2 * limit) head += "X: " + std::string(59, 'x') + "\r\n";
  for (std::size_t sent = 0; sent < head.size(); sent += 64) {
    client.send(head.substr(sent, 64));
    if (!client.silent_for(1)) break;
  }
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 431 "));
  EXPECT_TRUE(client.at_end());
}

TEST(RequestHead, EmptyLinesBeforeItAreIgnored) {  // RFC 9112 section 2.2
  const test_server server;
  raw_client client(server.port());
  const std::string get = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
  for (const auto& lines : {std::string("\r\n"), std::string("\r\n\r\n\r\n"), std::string()}) {
    client.send(lines + get);
    EXPECT_TRUE(client.read_answer().ends_with("ok"));
  }
  client.send("\r");
  EXPECT_TRUE(client.silent_for(50));
  client.send("\n" + get);
  EXPECT_TRUE(client.read_answer().ends_with("ok"));
  client.send("\r\n");
  client.open();
}

TEST(RequestHead, EmptyLinesBeforeItAreFew) {
  const test_server server;
  const auto lines = [](int count) {
    std::string result;
    for (int i = 0; i < count; ++i) result += "\r\n";
    return result + "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
  };
  EXPECT_EQ(status_of(server.port(), lines(8)), "HTTP/1.1 200");
  EXPECT_EQ(status_of(server.port(), lines(9)), "HTTP/1.1 400");
  EXPECT_EQ(status_of(server.port(), "\r\r\n"), "HTTP/1.1 400");
}

class RequestTrailer : public publish_fixture {};

TEST_F(RequestTrailer, IsReadWithinLimits) {
  const auto with_trailer = [](std::size_t size) {
    return request_to_publish("/topics/a", "",
                              {{"Content-Length", ""}, {"Transfer-Encoding", "chunked"}}) +
           "1\r\n1\r\n0\r\nX: " + std::string(size, 'x') + "\r\n\r\n";
  };
  EXPECT_EQ(status_of(server.port(), with_trailer(1000)), "HTTP/1.1 200");
  EXPECT_EQ(status_of(server.port(), with_trailer(65'500)), "HTTP/1.1 200");
  for (const std::size_t size : {65'533U, 65'534U, 65'536U, 70'000U, 120'000U})
    EXPECT_EQ(status_of(server.port(), with_trailer(size)), "HTTP/1.1 400") << size;
}

}  // namespace
}  // namespace ws_demo::testing
