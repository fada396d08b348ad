// NATS that is away, slow, full, or not what it was: what subscribers and publishers are told.

#include "http_get.hpp"
#include "nats_server.hpp"
#include "nats_test.hpp"
#include "program.hpp"
#include "raw_client.hpp"
#include "stream_client.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;

class NatsFailure : public nats_test {
 protected:
  /// Publishers do not wait long.
  options impatient() const {
    auto o = nats_options();
    o.nats_timeout = 300ms;
    return o;
  }
  static void wait_until_lost(const node& n) {
    wait_until([&] { return measured(n.port(), "ws_demo_event_log_up") == 0; });
  }
  static void wait_until_back(const node& n) {
    wait_until([&] { return measured(n.port(), "ws_demo_event_log_up") == 1; });
  }
  static int count(const std::string& text, const std::string& what) {
    int found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
    return found;
  }
};

TEST_F(NatsFailure, AServerThatIsNotThereAtStartIsWaitedFor) {
  nats.kill();
  auto o = impatient();
  const test_server server(o);
  const auto not_ready = get(server.port(), "/readyz");
  EXPECT_TRUE(is(not_ready, 503) && not_ready.ends_with("log\n")) << not_ready;
  EXPECT_TRUE(is(get(server.port(), "/healthz"), 200));
  EXPECT_TRUE(is(get(server.port(), "/events?topic=t"), 503));
  raw_client socket(server.port());
  EXPECT_THROW(socket.open("/?topic=t"), std::exception);
  stream_client browser(server.port());
  EXPECT_TRUE(browser.ask("?topic=t", "Accept: text/event-stream\r\n").starts_with("HTTP/1.1 200"));
  EXPECT_NE(browser.read_until("}}\n").find("$closed"), std::string::npos);
  nats.start();
  wait_until_ready(server.port());
  raw_client later(server.port());
  later.subscribe("/?topic=t");
}

TEST_F(NatsFailure, PublishersAreToldThatNothingWasStored) {
  const node one(impatient());
  nats.kill();
  wait_until_lost(one);
  const auto answer = one.publish("t", "1");
  EXPECT_TRUE(is(answer, 503)) << answer;
  EXPECT_NE(answer.find("The event log has failed: "), std::string::npos) << answer;
  nats.start();
  wait_until_back(one);
  EXPECT_TRUE(is(one.publish("t", "2"), 200));
  EXPECT_EQ(nats.ask("STREAM.INFO.ws_demo").at("state").at("messages"), 1);
}

TEST_F(NatsFailure, PublishersDoNotWaitWhereTooMuchWaits) {
  auto o = nats_options();
  o.max_publish_queue_bytes = 1000;
  o.nats_timeout = 1h;
  const node one(o);
  nats.kill();
  wait_until_lost(one);
  auto first = std::async(std::launch::async,
                          [&] { return one.publish("t", '"' + std::string(2000, 'x') + '"'); });
  wait_until([&] { return measured(one.port(), "ws_demo_event_log_waiting_bytes") > 1000; });
  EXPECT_TRUE(is(one.publish("t", "2"), 503));
  nats.start();
  EXPECT_TRUE(is(first.get(), 200));
}

TEST_F(NatsFailure, SubscribersAreServedFromMemoryMeanwhile) {
  const node one(*this);
  raw_client live(one.port());
  const auto position = live.subscribe("/?topic=t");
  const auto id = id_in(one.publish("t", "1"));
  EXPECT_EQ(live.read_frame().id(), id);
  nats.kill();
  wait_until_lost(one);
  EXPECT_TRUE(is(get(one.port(), "/readyz"), 200));  // or all nodes would leave together
  raw_client back(one.port());
  EXPECT_EQ(back.subscribe("/?topic=t&since=" + position), position);
  EXPECT_EQ(back.read_frame().id(), id);
  nats.start();
  wait_until_back(one);
  const auto next = id_in(one.publish("t", "2"));
  EXPECT_EQ(live.read_frame().id(), next);
}

TEST_F(NatsFailure, ANodeThatLacksItsLogForLongIsNotReady) {
  auto o = nats_options();
  o.log_failure_patience = 1ms;
  const node one(o);
  nats.kill();
  wait_until([&] { return is(get(one.port(), "/readyz"), 503); });
  nats.start();
  wait_until_ready(one.port());
}

TEST_F(NatsFailure, AnOutageIsTwoLinesOfTheLog) {
  ws_demo_program p({"--event-log", nats.url()});
  p.wait_for_error("event log connected server=127.0.0.1:" + std::to_string(nats.port()) +
                   " stream=ws_demo");
  nats.kill();
  p.wait_for_error("event log is away: ");
  nats.start();
  p.wait_for_error("event log is back ");
  p.signal(SIGTERM);
  EXPECT_EQ(p.wait(), 0);
  EXPECT_EQ(count(p.errors(), "event log"), 4) << p.errors();  // and "event log read"
}

TEST_F(NatsFailure, NothingIsLostOrDoubledWhereTheServerIsKilled) {
  const node one(*this);
  raw_client client(one.port());
  client.subscribe("/?topic=t");
  constexpr int many = 400;
  auto published = std::async(std::launch::async, [&] {
    std::vector<std::string> ids;
    ids.reserve(many);
    for (int i = 0; i < many; ++i) ids.push_back(id_in(one.publish("t", std::to_string(i))));
    return ids;
  });
  for (int i = 0; i < 3; ++i) {
    wait_until([&] { return measured(one.port(), "ws_demo_event_log_up") == 1; });
    for (int n = 0; n < many / 8; ++n) client.read_frame();
    nats.kill();
    nats.start();
  }
  std::string last;
  for (int n = 0; n < many - 3 * (many / 8); ++n) last = client.read_frame().id();
  const auto ids = published.get();
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), many);
  EXPECT_EQ(ids.back(), last);
  EXPECT_EQ(nats.ask("STREAM.INFO.ws_demo").at("state").at("messages"), many);
}

TEST_F(NatsFailure, WhatWasSentAndNotAnsweredIsInDoubt) {
  const node one(impatient());
  raw_client client(one.port());
  client.subscribe("/?topic=t");
  nats.signal(SIGSTOP);
  const auto answer = one.publish("t", "1", "key-1");
  nats.signal(SIGCONT);
  EXPECT_TRUE(is(answer, 504)) << answer;
  EXPECT_NE(answer.find("It is not known whether the event log has stored this: "),
            std::string::npos)
      << answer;
  std::string again;
  wait_until([&] {
    again = one.publish("t", "1", "key-1");
    return is(again, 200);
  });
  EXPECT_EQ(client.read_frame().id(), id_in(again));
  EXPECT_EQ(nats.ask("STREAM.INFO.ws_demo").at("state").at("messages"), 1);
}

TEST_F(NatsFailure, AStreamThatIsDeletedIsAnotherEpoch) {
  const node one(*this);
  const node other(*this);
  raw_client live(one.port());
  raw_client random_only(one.port());
  random_only.open();
  const auto position = live.subscribe("/?topic=t&topic=*");
  one.publish("t", "1");
  live.read_frame();
  nats.ask("STREAM.DELETE.ws_demo");
  const auto answer = other.publish("t", "2");  // finds out at once
  const auto gap = live.read_frame();
  EXPECT_EQ(gap.payload,
            event_with_id("$gap", R"({"reason":"the event log began anew since"})", gap.id()));
  EXPECT_NE(gap.id().substr(0, 8), position.substr(0, 8));
  EXPECT_EQ(live.read_frame().payload, event_with_id("$recovered", R"({"count":0})", gap.id()));
  EXPECT_EQ(live.read_frame().payload, event_with_id("t", "2", id_in(answer)));
  EXPECT_EQ(id_in(answer).substr(0, 8), gap.id().substr(0, 8));
  wait_until_ready(one.port());
  raw_client back(one.port());
  back.open("/?topic=t&since=" + position);
  EXPECT_NE(back.read_frame().payload.find("$gap"), std::string::npos);
  EXPECT_EQ(back.read_frame().payload, event_with_id("t", "2", id_in(answer)));
}

TEST_F(NatsFailure, AStreamInMemoryIsAnotherOneAfterARestart) {
  nats.ask("STREAM.CREATE.ws_demo",
           {{"name", "ws_demo"}, {"subjects", {"ws_demo.>"}}, {"storage", "memory"}});
  const node one(*this);
  raw_client live(one.port());
  live.subscribe("/?topic=t");
  const auto before = id_in(one.publish("t", "1"));
  live.read_frame();
  nats.kill();
  nats.start();
  EXPECT_NE(live.read_frame().payload.find("$gap"), std::string::npos);
  wait_until_back(one);
  EXPECT_NE(id_in(one.publish("t", "2")).substr(0, 8), before.substr(0, 8));
}

TEST_F(NatsFailure, WhoMissesEventsThatAreGoneIsToldOfAGap) {
  nats.ask("STREAM.CREATE.ws_demo",
           {{"name", "ws_demo"}, {"subjects", {"ws_demo.>"}}, {"max_msgs", 1}});
  const node one(*this);
  raw_client live(one.port());
  live.subscribe("/?topic=t");
  const auto first = id_in(one.publish("t", "1"));
  live.read_frame();
  const auto port = std::to_string(nats.port());
  nats.kill();
  nats.start_elsewhere();
  for (int i = 2; i <= 4; ++i) nats.publish("ws_demo.t", std::to_string(i));
  nats.kill();
  nats.start_on(port);
  const auto epoch = first.substr(0, first.find(':'));
  EXPECT_EQ(live.read_frame().payload,
            event_with_id("$gap", R"({"reason":"the log did not reach back to what followed"})",
                          epoch + ":3"));
  EXPECT_EQ(live.read_frame().payload, event_with_id("$recovered", R"({"count":0})", epoch + ":3"));
  EXPECT_EQ(live.read_frame().payload, event_with_id("t", "4", epoch + ":4"));
  raw_client back(one.port());
  back.open("/?topic=t&since=" + first);
  EXPECT_NE(back.read_frame().payload.find("$gap"), std::string::npos);
}

TEST_F(NatsFailure, AStopAnswersPublishersWhoWaitForAServerThatIsNotThere) {
  auto o = nats_options();
  o.nats_timeout = o.shutdown_timeout = 1min;
  const auto answer_to_waiting = [&](node& one) {
    wait_until_lost(one);
    auto waiting = std::async(std::launch::async, [&] { return one.publish("t", "1"); });
    wait_until([&] { return measured(one.port(), "ws_demo_event_log_waiting_bytes") > 0; });
    one.stop();
    const auto answer = waiting.get();
    EXPECT_TRUE(one.stopped());
    return answer;
  };
  node one(o);
  node other(o);
  nats.signal(SIGSTOP);
  const auto answer = answer_to_waiting(one);
  EXPECT_TRUE(is(answer, 503)) << answer;
  nats.kill();
  const auto next_answer = answer_to_waiting(other);
  EXPECT_TRUE(is(next_answer, 503)) << next_answer;
}

TEST_F(NatsFailure, AStopDoesNotWaitForAServerThatHangs) {
  ws_demo_program p({"--event-log", nats.url(), "--max-event-size", "512KiB"},
                    {"WS_DEMO_PUBLISH_TOKEN=" + publisher_token});
  p.wait_for_error("event log read");
  nats.signal(SIGSTOP);
  // More than the kernel takes for it.
  std::vector<std::unique_ptr<raw_client>> publishers;
  const auto request = request_to_publish("/topics/t", '"' + std::string(500'000, 'x') + '"');
  for (int i = 0; i < 30; ++i) {
    publishers.push_back(std::make_unique<raw_client>(p.port()));
    publishers.back()->send(request);
  }
  p.wait_for_error("event log is away: ");
  p.signal(SIGTERM);
  EXPECT_EQ(p.wait(), 0);
  nats.signal(SIGCONT);
}

}  // namespace
}  // namespace ws_demo::testing
