// Events in NATS JetStream: several servers are one, other programs publish too, and what is
// published again is stored once.

#include "http_get.hpp"
#include "nats_server.hpp"
#include "nats_test.hpp"
#include "publish_fixture.hpp"
#include "raw_client.hpp"
#include "stream_client.hpp"
#include "test_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;

class NatsLog : public nats_test {};

TEST_F(NatsLog, AnEventReachesTheSubscribersOfAllNodesWithOneId) {
  const node first(*this);
  const node second(*this);
  raw_client here(first.port());
  raw_client there(second.port());
  EXPECT_EQ(here.subscribe("/?topic=prices"), there.subscribe("/?topic=*"));
  const auto answer = first.publish("prices", R"({"eur": 1.10})");
  EXPECT_TRUE(is(answer, 200)) << answer;
  EXPECT_NE(answer.find(R"("subscribers":1})"), std::string::npos) << answer;
  const auto text = here.read_frame().payload;
  EXPECT_EQ(text, there.read_frame().payload);
  EXPECT_EQ(text, event_with_id("prices", R"({"eur": 1.10})", id_in(answer)));
  EXPECT_TRUE(is(second.publish("prices", "2"), 200));
  EXPECT_EQ(here.read_frame().payload, there.read_frame().payload);
}

TEST_F(NatsLog, WhoLosesOneNodeGetsFromTheOtherWhatItHasMissed) {
  auto first = std::make_unique<node>(*this);
  const node second(*this);
  raw_client client(first->port());
  client.subscribe("/?topic=t");
  const auto seen = id_in(first->publish("t", "1"));
  EXPECT_EQ(client.read_frame().id(), seen);
  first.reset();
  second.publish("other", "2");
  const auto missed = id_in(second.publish("t", "3"));
  raw_client back(second.port());
  EXPECT_EQ(back.subscribe("/?topic=t&since=" + seen), seen);
  EXPECT_EQ(back.read_frame().payload, event_with_id("t", "3", missed));
  EXPECT_EQ(back.read_frame().payload, event_with_id("$recovered", R"({"count":1})", missed));
}

TEST_F(NatsLog, ANodeThatStartsReadsTheStreamBeforeItIsReady) {
  std::string first_id;
  {
    const node first(*this);
    first_id = id_in(first.publish("t", "1"));
    first.publish("t", "2");
  }
  const node next(*this);  // waits until it is ready
  raw_client client(next.port());
  EXPECT_EQ(client.subscribe("/?topic=t&since=" + first_id), first_id);
  EXPECT_NE(client.read_frame().payload.find(R"("payload":2,)"), std::string::npos);
  EXPECT_NE(client.read_frame().payload.find(R"("$recovered","payload":{"count":1})"),
            std::string::npos);
}

TEST_F(NatsLog, WhoKnowsMoreThanANodeIsToldOfNoGap) {
  const node first(*this);
  const auto id = id_in(first.publish("t", "1"));
  const auto epoch = id.substr(0, id.find(':'));
  raw_client ahead(first.port());
  EXPECT_EQ(ahead.subscribe("/?topic=t&since=" + epoch + ":2"), epoch + ":2");
  EXPECT_EQ(ahead.read_frame().payload,
            event_with_id("$recovered", R"({"count":0})", epoch + ":2"));
  first.publish("t", "2");  // it has this
  const auto next = id_in(first.publish("t", "3"));
  EXPECT_EQ(ahead.read_frame().payload, event_with_id("t", "3", next));
}

TEST_F(NatsLog, OtherProgramsPublishStraightIntoTheStream) {
  const node one(*this);
  raw_client client(one.port());
  client.subscribe("/?topic=*");
  nats.publish("ws_demo.prices.eur", " {\"eur\": 1.10}\n");
  EXPECT_TRUE(client.read_frame().payload.starts_with(
      R"({"topic":"prices.eur","payload":{"eur": 1.10},"id":")"));
  nats.publish("ws_demo.a.~.b", "1");
  EXPECT_TRUE(client.read_frame().payload.starts_with(R"({"topic":"a..b","payload":1,)"));
}

TEST_F(NatsLog, WhatIsNoEventIsSkippedAndCounted) {
  const node one(*this);
  raw_client client(one.port());
  client.subscribe("/?topic=*");
  nats.publish("ws_demo.t", "no JSON");
  nats.publish("ws_demo.t", R"({"a":1})" + std::string(100'000, ' '));
  nats.publish("ws_demo.t", '"' + std::string(100'000, 'x') + '"');
  nats.publish("ws_demo.$t", "1");
  nats.publish("ws_demo.t", "");
  nats.publish("ws_demo.t", "2");
  EXPECT_NE(client.read_frame().payload.find(R"("payload":{"a":1},)"), std::string::npos);
  EXPECT_NE(client.read_frame().payload.find(R"("payload":2,)"), std::string::npos);
  EXPECT_EQ(measured(one.port(), R"(ws_demo_refused_total{reason="event"})"), 4);
}

TEST_F(NatsLog, AnEventThatIsPublishedAgainWithItsKeyIsStoredOnce) {
  const node first(*this);
  const node second(*this);
  raw_client client(first.port());
  client.subscribe("/?topic=t");
  const auto answer = first.publish("t", "1", "order 1");
  EXPECT_TRUE(is(answer, 400)) << answer;
  const auto id = id_in(first.publish("t", "1", "order-1"));
  EXPECT_EQ(id_in(second.publish("t", "1", "\"order-1\"")), id);
  EXPECT_EQ(id_in(first.publish("t", "1", "order-1")), id);
  const auto next = id_in(first.publish("t", "2", "order-2"));
  EXPECT_EQ(client.read_frame().id(), id);
  EXPECT_EQ(client.read_frame().id(), next);
}

TEST_F(NatsLog, ABulkIsPublishedAgainWithItsKey) {
  const node one(*this);
  raw_client client(one.port());
  client.subscribe("/?topic=*");
  const std::string lines = R"({"topic":"a","payload":1})"
                            "\n"
                            R"({"topic":"b","payload":2})";
  const auto answer = one.publish_lines(lines, "bulk-7");
  EXPECT_NE(answer.find(R"("count":2})"), std::string::npos) << answer;
  EXPECT_EQ(id_in(one.publish_lines(lines, "bulk-7")), id_in(answer));
  EXPECT_TRUE(client.read_frame().payload.starts_with(R"({"topic":"a")"));
  EXPECT_EQ(client.read_frame().id(), id_in(answer));
  one.publish("c", "3", "bulk-7:1");  // is none of the bulk
  EXPECT_TRUE(client.read_frame().payload.starts_with(R"({"topic":"c")"));
}

TEST_F(NatsLog, ManyEventsKeepTheirOrder) {
  const node one(*this);
  raw_client client(one.port());
  client.subscribe("/?topic=t");
  constexpr int many = 3000;
  std::string lines;
  for (int i = 0; i < many; ++i)
    lines.append(R"({"topic":"t","payload":)").append(std::to_string(i)).append("}\n");
  const auto answer = one.publish_lines(lines);
  EXPECT_TRUE(is(answer, 200)) << answer;
  for (int i = 0; i < many; ++i) {
    const auto text = client.read_frame().payload;
    ASSERT_NE(text.find("\"payload\":" + std::to_string(i) + ","), std::string::npos) << text;
  }
}

TEST_F(NatsLog, TheLibraryPublishesIntoIt) {
  asio::io_context io(1);
  server s(io, nats_options());
  asio::co_spawn(io, s.run(), asio::detached);
  const std::jthread loop([&] { io.run(); });
  wait_until_ready(s.endpoint().port());
  const auto publish = [&](const std::string& key) {
    return asio::co_spawn(io, s.async_publish("t", "1", key), asio::use_future);
  };
  EXPECT_EQ(publish("k").get(), publish("k").get());
  EXPECT_THROW(publish("two words").get(), std::invalid_argument);
  s.stop();
}

TEST_F(NatsLog, TheLimitsOfTheStreamAreThoseOfTheOptions) {
  auto o = nats_options();
  o.history_age = 7s;
  o.history_bytes = 3'000'000;
  {
    const node one(o);
  }
  auto config = nats.ask("STREAM.INFO.ws_demo").at("config");
  EXPECT_EQ(config.at("max_age"), 7'000'000'000);
  EXPECT_EQ(config.at("max_bytes"), 3'000'000);
  EXPECT_EQ(config.value("max_msgs_per_subject", -1), -1);
  o.history_age = 3min;
  {
    const node one(o);
  }
  config = nats.ask("STREAM.INFO.ws_demo").at("config");
  EXPECT_EQ(config.at("max_age"), 180'000'000'000);
  EXPECT_EQ(config.at("duplicate_window"), 120'000'000'000);
}

TEST_F(NatsLog, AStreamOfSomebodyElseKeepsItsSettings) {
  nats.ask("STREAM.CREATE.ws_demo", {{"name", "ws_demo"},
                                     {"description", "of the shop"},
                                     {"subjects", {"orders", "ws_demo.>"}},
                                     {"storage", "memory"},
                                     {"max_age", 60'000'000'000}});
  std::string position;
  {
    const node one(*this);
    raw_client client(one.port());
    position = client.subscribe("/?topic=t");
    one.publish("t", "1");
    EXPECT_NE(client.read_frame().payload.find(R"("payload":1,)"), std::string::npos);
  }
  const auto config = nats.ask("STREAM.INFO.ws_demo").at("config");
  EXPECT_EQ(config.at("description"),
            "of the shop ws-demo epoch=" + position.substr(0, position.find(':')));
  EXPECT_EQ(config.at("max_age"), 60'000'000'000);
  EXPECT_EQ(config.at("storage"), "memory");
}

TEST_F(NatsLog, AStreamWithALimitPerSubjectIsRefused) {
  nats.ask("STREAM.CREATE.ws_demo",
           {{"name", "ws_demo"}, {"subjects", {"ws_demo.>"}}, {"max_msgs_per_subject", 10}});
  ws_demo_program p({"--event-log", nats.url()});
  p.wait_for_error(
      "event log is away: the stream ws_demo is not fit: it has a limit of messages per subject");
  EXPECT_TRUE(is(get(p.port(), "/readyz"), 503));
}

TEST_F(NatsLog, TheMetricsSayHowItIs) {
  const node one(*this);
  one.publish("t", "1");
  EXPECT_EQ(measured(one.port(), "ws_demo_event_log_up"), 1);
  EXPECT_EQ(measured(one.port(), "ws_demo_event_log_behind_events"), 0);
  EXPECT_EQ(measured(one.port(), "ws_demo_event_log_reconnects_total"), 0);
  EXPECT_EQ(measured(one.port(), R"(ws_demo_events_published_total{via="http"})"), 1);
}

}  // namespace
}  // namespace ws_demo::testing
