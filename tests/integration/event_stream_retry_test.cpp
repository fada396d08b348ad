// Server-Sent Events for a browser's EventSource, which comes back after a stream, and never after
// an error.

#include "raw_client.hpp"
#include "stream_client.hpp"
#include "test_server.hpp"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;

/// What an EventSource sends.
const std::string event_source = "Accept: text/event-stream\r\n";

/// The time in a block that begins with it.
int retry_of(const std::string& block) {
  const std::string begin = "retry: ";
  if (!block.starts_with(begin)) throw std::runtime_error("no retry: " + block);
  return std::stoi(block.substr(begin.size()));
}

std::string whole_answer(std::uint16_t port, const std::string& fields,
                         const char* version = "1.1") {
  raw_client client(port);
  client.send(std::string("GET /events?topic=t HTTP/") + version + "\r\nHost: localhost\r\n" +
              fields + "\r\n");
  auto answer = client.read_answer();
  EXPECT_TRUE(client.at_end()) << "the connection is kept";
  return answer;
}

/// That an EventSource is told to come back later, and why; a program gets the status.
void expect_refused(std::uint16_t port, const std::string& error, const std::string& why) {
  const auto answer = whole_answer(port, event_source);
  EXPECT_EQ(status(answer), "HTTP/1.1 200") << answer;
  EXPECT_NE(answer.find("Content-Type: text/event-stream\r\n"), std::string::npos) << answer;
  EXPECT_NE(answer.find("Cache-Control: no-cache, no-transform\r\n"), std::string::npos) << answer;
  const auto body = answer.substr(answer.find("\r\n\r\n") + 4);
  EXPECT_GE(retry_of(body), 3000);
  EXPECT_LE(retry_of(body), 9000);
  EXPECT_EQ(body.substr(body.find('\n')),
            "\n\ndata: {\"topic\":\"$closed\",\"payload\":{\"code\":1013,\"reason\":\"" + why +
                "\"}}\n\n");
  for (const char* accept : {"", "Accept: */*\r\n", "Accept: text/*, text/event-stream-not\r\n"}) {
    const auto to_program = whole_answer(port, accept);
    EXPECT_EQ(status(to_program), error) << to_program;
    EXPECT_NE(to_program.find("Retry-After: 5\r\n"), std::string::npos) << to_program;
  }
}

/// The value of ws_demo_refused_total.
std::string count_of_refused(std::uint16_t port, const std::string& reason) {
  raw_client client(port);
  client.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto answer = client.read_answer();
  const auto name = "ws_demo_refused_total{reason=\"" + reason + "\"} ";
  const auto begin = answer.find(name) + name.size();
  return answer.substr(begin, answer.find('\n', begin) - begin);
}

TEST(EventStreamRetry, IsSaidFirstAndDiffers) {
  const test_server server(pushing(10ms));
  std::set<int> times;
  for (int i = 0; i < 20; ++i) {
    stream_client client(server.port());
    client.ask("");
    times.insert(retry_of(client.read_chunk()));
    EXPECT_TRUE(client.read_chunk().starts_with("data: "));
  }
  EXPECT_GE(*times.begin(), 1000);
  EXPECT_LE(*times.rbegin(), 3000);
  EXPECT_GT(times.size(), 10U);
}

TEST(EventStreamRetry, WhoFindsNoRoomComesBack) {
  auto o = quiet();
  o.max_peers = 1;
  const test_server server(o);
  stream_client first(server.port());
  first.subscribe("?topic=t", event_source);
  expect_refused(server.port(), "HTTP/1.1 503", "The server has as many peers as it accepts.");
  EXPECT_EQ(count_of_refused(server.port(), "full"), "4");
}

TEST(EventStreamRetry, WhoFindsNoRoomForItsAddressComesBack) {
  auto o = quiet();
  o.max_peers_per_address = 1;
  const test_server server(o);
  stream_client first(server.port());
  first.subscribe("?topic=t", event_source);
  expect_refused(server.port(), "HTTP/1.1 429", "Too many peers from this address.");
  EXPECT_EQ(count_of_refused(server.port(), "address_full"), "4");
}

TEST(EventStreamRetry, WhoFindsTheServerDrainingComesBack) {
  auto o = quiet();
  o.shutdown_timeout = 1h;
  test_server server(o);
  raw_client stubborn(server.port());
  stubborn.open();
  server.stop();
  EXPECT_EQ(stubborn.read_frame().close_code(), 1001);  // and it does not answer yet
  expect_refused(server.port(), "HTTP/1.1 503", "The server is shutting down.");
  EXPECT_EQ(count_of_refused(server.port(), "draining"), "4");
  stubborn.send(opcode::close, close_payload(1001));
  stubborn.finish();
  EXPECT_TRUE(server.stopped());
}

TEST(EventStreamRetry, IsForOldClientsToo) {
  auto o = quiet();
  o.max_peers = 1;
  const test_server server(o);
  stream_client first(server.port());
  first.subscribe("?topic=t");
  const auto answer = whole_answer(server.port(), event_source, "1.0");
  EXPECT_EQ(status(answer), "HTTP/1.0 200") << answer;
  EXPECT_NE(answer.find("\r\n\r\nretry: "), std::string::npos) << answer;
}

TEST(EventStreamRetry, AMediaTypeIsFoundInAListAndWithParameters) {
  auto o = quiet();
  o.max_peers = 1;
  const test_server server(o);
  stream_client first(server.port());
  first.subscribe("?topic=t");
  for (const char* accept :
       {"text/html, Text/Event-Stream ;q=0.9", "*/*\r\nAccept: ,,text/event-stream,"})
    EXPECT_EQ(status(whole_answer(server.port(), "Accept: " + std::string(accept) + "\r\n")),
              "HTTP/1.1 200")
        << accept;
}

TEST(EventStreamRetry, APageOfAnotherOriginMayReadIt) {
  auto o = quiet();
  o.max_peers = 1;
  o.allowed_origins = {"https://app.example"};
  const test_server server(o);
  stream_client first(server.port());
  first.subscribe("?topic=t");
  const auto answer = whole_answer(server.port(), event_source + "Origin: https://app.example\r\n");
  EXPECT_EQ(status(answer), "HTTP/1.1 200") << answer;
  EXPECT_NE(answer.find("Access-Control-Allow-Origin: https://app.example\r\n"), std::string::npos)
      << answer;
}

TEST(EventStreamRetry, WhatIsWrongForGoodIsAnError) {
  const test_server server;
  stream_client evil(server.port());
  EXPECT_EQ(status(evil.ask("", event_source + "Origin: https://evil.example\r\n")),
            "HTTP/1.1 403");
  stream_client wrong(server.port());
  EXPECT_EQ(status(wrong.ask("?topic=$a", event_source)), "HTTP/1.1 400");
}

TEST(EventStreamRetry, AWebSocketIsRefusedWithAStatus) {
  auto o = quiet();
  o.max_peers = 1;
  const test_server server(o);
  stream_client first(server.port());
  first.subscribe("?topic=t");
  raw_client client(server.port());
  client.send("GET /ws HTTP/1.1\r\nHost: localhost\r\n" + event_source +
              "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  EXPECT_EQ(status(client.read_answer()), "HTTP/1.1 503");
  EXPECT_TRUE(client.at_end());
}

}  // namespace
}  // namespace ws_demo::testing
