// Server-Sent Events: the other way out.

#include "deadline.hpp"
#include "program.hpp"
#include "raw_client.hpp"
#include "stream_client.hpp"
#include "test_server.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;

TEST(EventStream, IsOne) {
  test_server server;
  stream_client client(server.port());
  const auto head = client.ask("?topic=t");
  EXPECT_EQ(status(head), "HTTP/1.1 200");
  for (const char* field :
       {"Content-Type: text/event-stream\r\n", "Cache-Control: no-cache, no-transform\r\n",
        "X-Accel-Buffering: no\r\n", "Transfer-Encoding: chunked\r\n"})
    EXPECT_NE(head.find(field), std::string::npos) << head;
  EXPECT_EQ(head.find("Content-Length"), std::string::npos) << head;
  EXPECT_TRUE(client.read_chunk().starts_with("retry: "));
  const auto position = client.read_chunk();
  const auto epoch = position.substr(4, 8);
  EXPECT_EQ(position, "id: " + epoch + ":0\ndata: " +
                          R"({"topic":"$position","payload":{},"id":")" + epoch + ":0\"}\n\n");
  server.publish("t", R"({"x": 1})");
  server.publish("t", "[1,\r\n2,\n3]");
  server.publish("other", "0");
  server.publish("t", "4");
  EXPECT_EQ(client.read_chunk(), "id: " + epoch +
                                     ":1\ndata: " + R"({"topic":"t","payload":{"x": 1},"id":")" +
                                     epoch + ":1\"}\n\n");
  EXPECT_EQ(client.read_chunk(), "id: " + epoch + ":2\ndata: " + R"({"topic":"t","payload":[1,)" +
                                     "\ndata: 2,\ndata: 3],\"id\":\"" + epoch + ":2\"}\n\n");
  EXPECT_TRUE(client.read_chunk().starts_with("id: " + epoch + ":4\n"));
}

TEST(EventStream, HasTheRandomPushesUnlessOtherTopicsAreAskedFor) {
  const test_server server(pushing(20ms));
  stream_client client(server.port());
  client.subscribe("");
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(client.read_chunk().starts_with(R"(data: {"topic":"random","payload":{"num":)"));
}

TEST(EventStream, WhoComesBackGetsWhatWasMissed) {
  test_server server;
  stream_client client(server.port());
  client.subscribe("?topic=t");
  for (const char* payload : {"1", "2", "3"}) server.publish("t", payload);
  const auto id = stream_client::id_of(client.read_chunk());
  client.read_chunk();
  client.read_chunk();  // so that all of them have been published
  for (const bool in_field : {true, false}) {
    stream_client back(server.port());
    if (in_field)
      back.subscribe("?topic=t&last=1", "Last-Event-ID: " + id + "\r\n");
    else
      back.subscribe("?topic=t&since=" + id);
    EXPECT_NE(back.read_chunk().find(R"("payload":2,)"), std::string::npos);
    EXPECT_NE(back.read_chunk().find(R"("payload":3,)"), std::string::npos);
    const auto recovered = back.read_chunk();
    EXPECT_NE(recovered.find(R"({"topic":"$recovered","payload":{"count":2},"id":")"),
              std::string::npos);
    EXPECT_EQ(stream_client::id_of(recovered), id.substr(0, id.find(':')) + ":3");
  }
}

TEST(EventStream, IsPlainForAnOldClient) {
  test_server server;
  stream_client client(server.port());
  client.send("GET /events?topic=t HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n").find("chunked"), std::string::npos);
  EXPECT_TRUE(client.read_until("\n\n").starts_with("retry: "));
  stream_client::id_of(client.read_until("\n\n"));
  server.publish("t", "1");
  EXPECT_NE(client.read_until("\n\n").find(R"("payload":1,)"), std::string::npos);
}

TEST(EventStream, WhoListensIsSentCommentsAndStays) {
  auto o = quiet();
  o.idle_timeout = 400ms;
  const test_server server(o);
  stream_client client(server.port());
  client.subscribe("?topic=t");
  for (int i = 0; i < 6; ++i) EXPECT_EQ(client.read_chunk(), ":\n\n");
}

TEST(EventStream, AStopSaysWhyAndEndsIt) {
  test_server server;
  stream_client client(server.port());
  client.subscribe("?topic=t");
  server.stop();
  EXPECT_EQ(
      client.read_chunk(),
      "data: {\"topic\":\"$closed\",\"payload\":{\"code\":1001,\"reason\":\"server is shutting "
      "down\"}}\n\n");
  EXPECT_EQ(client.read_chunk(), "");
  EXPECT_TRUE(client.at_end());
  client.finish();
  EXPECT_TRUE(server.stopped());
}

/// A small queue, and time to take what is in it.
options slow_subscribers(slow_policy policy) {
  auto o = quiet();
  o.max_queue_bytes = 100'000;
  o.slow_peers = policy;
  return o;
}

TEST(EventStream, WhoIsTooSlowIsTold) {
  test_server server(slow_subscribers(slow_policy::close));
  stream_client client(server.port(), 4096);
  client.subscribe("?topic=t");
  stream_client other(server.port());
  other.subscribe("?topic=t");
  const std::string payload = '"' + std::string(50'000, 'x') + '"';
  std::string last;
  for (int i = 0; i < 200; ++i) {
    server.publish("t", payload);
    other.read_chunk();  // which keeps up
  }
  while (last.find("$closed") == std::string::npos) last = client.read_chunk();
  EXPECT_NE(last.find(R"("code":1008,"reason":"too slow")"), std::string::npos) << last;
}

TEST(EventStream, OrHowManyItHasLost) {
  test_server server(slow_subscribers(slow_policy::drop_oldest));
  stream_client client(server.port(), 4096);
  client.subscribe("?topic=t");
  stream_client other(server.port());
  other.subscribe("?topic=t");
  const std::string payload = '"' + std::string(50'000, 'x') + '"';
  for (int i = 0; i < 200; ++i) {
    server.publish("t", payload);
    other.read_chunk();
  }
  int got = 0;
  int lost = 0;
  while (got + lost < 200) {
    const auto chunk = client.read_chunk();
    const std::string begin = R"(data: {"topic":"$lost","payload":{"count":)";
    if (chunk.starts_with(begin))
      lost += std::stoi(chunk.substr(begin.size()));
    else
      ++got;
  }
  EXPECT_GT(lost, 0);
}

TEST(EventStream, CountsAsAPeer) {
  auto o = quiet();
  o.max_peers = 1;
  const test_server server(o);
  {
    stream_client client(server.port());
    client.subscribe("?topic=t");
    stream_client second(server.port());
    EXPECT_EQ(status(second.ask("?topic=t")), "HTTP/1.1 503");
  }
  for (int tries = 0;; ++tries) {  // the first has hung up, which is noticed soon
    stream_client third(server.port());
    if (status(third.ask("?topic=t")) == "HTTP/1.1 200") break;
    ASSERT_LT(tries, 1000);
  }
}

TEST(EventStream, IsForThePagesThatMayConnect) {
  auto o = quiet();
  o.allowed_origins = {"https://app.example"};
  const test_server server(o);
  stream_client evil(server.port());
  EXPECT_EQ(status(evil.ask("", "Origin: https://evil.example\r\n")), "HTTP/1.1 403");
  stream_client good(server.port());
  const auto head = good.ask("", "Origin: https://app.example\r\n");
  EXPECT_NE(head.find("Access-Control-Allow-Origin: https://app.example\r\n"), std::string::npos)
      << head;
  EXPECT_NE(head.find("Vary: Origin\r\n"), std::string::npos) << head;
}

TEST(EventStream, WhatIsWrongIsSaid) {
  const test_server server;
  const auto answer = [&](const std::string& request) {
    raw_client client(server.port());
    client.send(request);
    return status(client.read_answer());
  };
  EXPECT_EQ(answer("GET /events?topic=$a HTTP/1.1\r\nHost: localhost\r\n\r\n"), "HTTP/1.1 400");
  EXPECT_EQ(answer("GET /events HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: x\r\n\r\n"),
            "HTTP/1.1 400");
  EXPECT_EQ(answer("POST /events HTTP/1.1\r\nHost: localhost\r\n\r\n"), "HTTP/1.1 405");
  EXPECT_EQ(answer("GET /events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n"),
            "HTTP/1.1 413");
}

/// As curl's user does by hand, or a script: what it was told first is enough.
TEST(EventStream, CurlComesBackWithThePositionThatItWasTold) {
  test_server server;
  const auto address = "http://127.0.0.1:" + std::to_string(server.port()) + "/events?topic=t";
  std::string position;
  {
    program curl({"curl", "-sN", address});
    curl.wait_for_output("$position");
    position = curl.output().substr(curl.output().find("id: ") + 4);
    position.resize(position.find('\n'));
  }
  server.publish("t", "42");
  program back({"curl", "-sN", "-H", "Last-Event-ID: " + position, address});
  back.wait_for_output(R"("payload":42)");
  back.wait_for_output("$recovered");
  EXPECT_EQ(back.output().find("$gap"), std::string::npos);
}

TEST(EventStream, CurlReadsIt) {
  test_server server;
  program curl({"curl", "-sN",
                "http://127.0.0.1:" + std::to_string(server.port()) + "/events?topic=t&last=1"});
  curl.wait_for_output("$recovered");
  server.publish("t", "42");
  curl.wait_for_output(R"("payload":42)");
  EXPECT_NE(curl.output().find("id: "), std::string::npos);
}

}  // namespace
}  // namespace ws_demo::testing
