// Host and Origin as an attacker writes them, byte by byte, for all that they guard.

#include "publish_fixture.hpp"
#include "raw_client.hpp"
#include "test_server.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace ws_demo::testing {
namespace {

class HostAndOrigin : public publish_fixture {
 protected:
  /// The status of the answer to a head, whose lines these are, and to the body.
  static int answered(const test_server& to, const std::string& lines, const std::string& body) {
    raw_client client(to.port());
    client.send(lines + "\r\n" + body);
    return std::stoi(client.read_until("\r\n\r\n").substr(9, 3));  // after HTTP/1.x
  }
  int answered(const std::string& lines, const std::string& body = "") const {
    return answered(server, lines, body);
  }
};

const std::string upgrade_fields =
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const std::string publish_fields = "Authorization: Bearer " + publisher_token +
                                   "\r\nContent-Type: application/json\r\nContent-Length: 1\r\n";

TEST_F(HostAndOrigin, AHostThatIsMalformedOrRepeatedIs400) {
  for (const char* hosts : {"Host: localhost:80.evil.com\r\n",
                            "Host: [::1].evil.com\r\n",
                            "Host: [::1\r\n",
                            "Host: [::1]80\r\n",
                            "Host: [::1%25lo]\r\n",
                            "Host: [127.0.0.1]\r\n",
                            "Host: ::1\r\n",
                            "Host: localhost:x\r\n",
                            "Host: localhost:65536\r\n",
                            "Host: localhost:80:80\r\n",
                            "Host: localhost@evil.com\r\n",
                            "Host: x@localhost\r\n",
                            "Host: localhost/\r\n",
                            "Host: localhost#\r\n",
                            "Host: localhost evil.com\r\n",
                            "Host: http://localhost\r\n",
                            "Host: localhost\r\n evil.com\r\n",
                            "Host:\r\n",
                            "Host: :80\r\n",
                            "Host: local%host\r\n",
                            "Host: localhost\r\nHost: localhost\r\n",
                            "Host: localhost\r\nhost: evil.com\r\n",
                            "Host: evil.com\r\nHost: localhost\r\n"}) {
    EXPECT_EQ(answered(std::string("GET /healthz HTTP/1.1\r\n") + hosts), 400) << hosts;
    EXPECT_EQ(answered(std::string("GET /healthz HTTP/1.0\r\n") + hosts), 400) << hosts;
    EXPECT_EQ(answered("GET /ws HTTP/1.1\r\n" + upgrade_fields + hosts), 400) << hosts;
  }
  EXPECT_EQ(answered("GET /healthz HTTP/1.1\r\n"), 400);
  EXPECT_EQ(answered("GET /healthz HTTP/1.0\r\n"), 200);
}

TEST_F(HostAndOrigin, ANameOrAddressOfLoopbackMayBeWrittenInAnyWay) {
  for (const char* host :
       {"localhost:", "LOCALHOST:9001", "a.localhost", "127.8.9.1:80", "[::1]", "[::1]:9001",
        "[0:0:0:0:0:0:0:1]", "[::0001]:", "localhost:00080", " localhost \t"})
    EXPECT_EQ(answered(std::string("GET /healthz HTTP/1.1\r\nHost: ") + host + "\r\n"), 200)
        << host;
}

TEST_F(HostAndOrigin, AnythingElseIs403OnLoopback) {
  for (const char* host : {"127.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.0.0.1.",
                           "localhost.", "localhost,evil.com", "..localhost", "%6cocalhost",
                           "0.0.0.0", "[::]", "[::ffff:127.0.0.1]", "localhost.evil.com:80"})
    EXPECT_EQ(answered(std::string("GET /healthz HTTP/1.1\r\nHost: ") + host + "\r\n"), 403)
        << host;
}

TEST_F(HostAndOrigin, TheHostOfAnAbsoluteTargetCounts) {
  const auto get = [this](const std::string& target, const std::string& fields) {
    return answered("GET " + target + "/healthz HTTP/1.1\r\n" + fields);
  };
  EXPECT_EQ(get("http://localhost:9001", "Host: localhost\r\n"), 200);
  EXPECT_EQ(get("http://localhost:9001", "Host: evil.example\r\n"), 200);
  EXPECT_EQ(get("http://evil.example", "Host: localhost\r\n"), 403);
  EXPECT_EQ(get("HTTPS://evil.example", "Host: localhost\r\n"), 403);
  for (const char* target : {"http://[::1].evil.com", "http://localhost:80.evil.com", "http://",
                             "http://localhost@evil.com", "http://x@localhost", "http://[::1"})
    EXPECT_EQ(get(target, "Host: localhost\r\n"), 400) << target;
  EXPECT_EQ(get("http://localhost", ""), 400) << "Host is needed nevertheless";
  EXPECT_EQ(get("http://localhost", "Host: [::1\r\n"), 400);
  EXPECT_EQ(answered("GET http://evil.example/healthz HTTP/1.0\r\n"), 403);
}

TEST_F(HostAndOrigin, AnOriginThatIsMalformedRepeatedOrForeignIs403) {
  auto open = publishing();
  open.allowed_origins = {"*"};
  const test_server open_server(open);
  const std::string host = "Host: localhost\r\n";
  const auto expect = [&](const test_server& to, const std::string& origins, bool is_allowed) {
    EXPECT_EQ(answered(to, "GET /ws HTTP/1.1\r\n" + host + upgrade_fields + origins, ""),
              is_allowed ? 101 : 403)
        << origins;
    EXPECT_EQ(answered(to, "GET /events HTTP/1.1\r\n" + host + origins, ""), is_allowed ? 200 : 403)
        << origins;
    EXPECT_EQ(answered(to, "POST /topics/t HTTP/1.1\r\n" + host + publish_fields + origins, "1"),
              is_allowed ? 200 : 403)
        << origins;
  };
  for (const char* origins :
       {"Origin: http://localhost:9001.evil.com\r\n", "Origin: http://localhost:x@evil.com\r\n",
        "Origin: ://localhost\r\n", "Origin: http://[::1].evil.com\r\n", "Origin: http://[::1\r\n",
        "Origin: http://localhost/\r\n", "Origin: http://localhost:9001/@evil.com\r\n",
        "Origin: http://[::1%25lo]\r\n", "Origin: http://localhost http://evil.com\r\n",
        "Origin: http://localhost\r\n http://evil.com\r\n", "Origin: http://localhost:65536\r\n",
        "Origin: localhost\r\n", "Origin:\r\n", "Origin: NULL\r\n",
        "Origin: http://localhost\r\nOrigin: http://localhost\r\n",
        "Origin: http://localhost\r\norigin: http://evil.com\r\n"}) {
    expect(server, origins, false);
    expect(open_server, origins, false);
  }
  for (const char* origin : {"http://evil.com", "null", "file://", "http://127.1",
                             "http://2130706433", "http://localhost.", "http://a..localhost",
                             "http://[::ffff:7f00:1]", "https://localhost.evil.com"}) {
    expect(server, std::string("Origin: ") + origin + "\r\n", false);
    expect(open_server, std::string("Origin: ") + origin + "\r\n", true);
  }
  for (const char* origin : {"http://localhost:9001", "HTTP://LOCALHOST", "http://[0:0::1]:5173",
                             "https://app.localhost", "http://127.0.0.1:80"})
    expect(server, std::string("Origin: ") + origin + "\r\n", true);
}

}  // namespace
}  // namespace ws_demo::testing
