// The end of a token while its peer is connected.

#include "publish_fixture.hpp"
#include "raw_client.hpp"
#include "stream_client.hpp"
#include "test_server.hpp"
#include "token_file.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;
using std::chrono::system_clock;

class TokenExpiry : public ::testing::Test {
 protected:
  /// What ends in two or three seconds.
  std::string short_lived() {
    auto claims = claims_to_subscribe({"t"});
    expires = seconds_from_now(3s);
    claims["exp"] = expires;
    return bearer(keys.sign(claims));
  }
  void expect_expired() const {
    EXPECT_GE(system_clock::now(), system_clock::time_point(std::chrono::seconds(expires)));
  }

  token_keys keys;
  test_server server{guarded(keys)};
  std::int64_t expires = 0;
};

TEST_F(TokenExpiry, ClosesAWebSocket) {
  raw_client client(server.port());
  client.subscribe("/?topic=t", short_lived());
  const auto last = client.read_frame();
  expect_expired();
  EXPECT_EQ(last.close_code(), 1008);
  EXPECT_EQ(last.payload.substr(2), "token expired");
}

TEST_F(TokenExpiry, EndsAnEventStream) {
  stream_client client(server.port());
  client.subscribe("?topic=t", short_lived());
  const auto last = client.read_chunk();
  expect_expired();
  EXPECT_NE(last.find(R"({"topic":"$closed","payload":{"code":1008,"reason":"token expired"}})"),
            std::string::npos)
      << last;
  EXPECT_EQ(client.read_chunk(), "");
}

TEST_F(TokenExpiry, LosesNothing) {
  std::string position;
  raw_client first(server.port());
  position = first.subscribe("/?topic=t", short_lived());
  server.publish("t", "1");
  position = first.read_frame().id();
  EXPECT_EQ(first.read_frame().close_code(), 1008);
  server.publish("t", "2");
  raw_client second(server.port());
  second.subscribe("/?topic=t&since=" + position, bearer(keys.sign_for({"t"})));
  EXPECT_NE(second.read_frame().payload.find(R"("payload":2)"), std::string::npos);
  EXPECT_NE(second.read_frame().payload.find("$recovered"), std::string::npos);
}

/// Let in by the skew of clocks, it has that much longer.
TEST_F(TokenExpiry, AClockThatIsBehindIsAllowedFor) {
  auto o = guarded(keys);
  o.token_clock_skew = 4s;
  const test_server tolerant(o);
  auto claims = claims_to_subscribe({"t"});
  expires = seconds_from_now(-1s);
  claims["exp"] = expires;
  raw_client client(tolerant.port());
  client.subscribe("/?topic=t", bearer(keys.sign(claims)));
  EXPECT_EQ(client.read_frame().close_code(), 1008);
  expires += 4;
  expect_expired();
}

TEST_F(TokenExpiry, TouchesNobodyElse) {
  raw_client with_public_topic(server.port());
  with_public_topic.open("/", short_lived());  // needs no token, and so has none that could expire
  raw_client with_token(server.port());
  with_token.subscribe("/?topic=t", short_lived());
  raw_client longer(server.port());
  longer.subscribe("/?topic=t", bearer(keys.sign_for({"t"})));
  EXPECT_EQ(with_token.read_frame().close_code(), 1008);
  with_public_topic.send(opcode::text, "still there");
  EXPECT_EQ(with_public_topic.read_frame().payload, "still there");
  longer.send(opcode::text, "still there");
  EXPECT_EQ(longer.read_frame().payload, "still there");
}

}  // namespace
}  // namespace ws_demo::testing
