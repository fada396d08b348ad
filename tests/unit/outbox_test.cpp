#include "ws_demo/outbox.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ws_demo {
namespace {

using ::testing::ElementsAre;

/// Runs what is ready, never waiting.
class OutboxTest : public ::testing::Test {
 protected:
  /// What a writer would get that asks for the next message now.
  struct writer {
    bool done = false;
    const message* got = nullptr;
  };

  static task<void> take(outbox& box, writer& w) {
    w.got = co_await box.front();
    w.done = true;
  }
  static task<void> wait_for_echo(outbox& box, bool& done) {
    co_await box.echo_sent();
    done = true;
  }

  void spawn(task<void> coroutine) {
    asio::co_spawn(io, std::move(coroutine), asio::detached);
    run();
  }
  void run() {
    io.restart();
    io.poll();
  }

  /// Everything that a writer would send now, as text.
  std::vector<std::string> take_all() {
    std::vector<std::string> all;
    for (;;) {
      w = {};
      spawn(take(box, w));
      if (!w.got) break;
      all.push_back(w.got->is == message::kind::ping ? "(ping)" : w.got->bytes());
      box.pop();
    }
    return all;
  }

  asio::io_context io{1};
  options limits;
  metrics counts;
  outbox box{io.get_executor(), limits, counts};
  writer w;
  bool echo_sent = false;
};

const steady_clock::time_point now = steady_clock::now();

TEST_F(OutboxTest, GivesMessagesInOrder) {
  box.push_echo("a", true);
  box.push_event("b", now);
  box.push_ping();
  box.push_echo("c", false);
  EXPECT_THAT(take_all(), ElementsAre("a", "b", "(ping)", "c"));
  EXPECT_EQ(box.sent(), 3U) << "a ping is no message";
}

TEST_F(OutboxTest, KeepsTheTypeOfAnEcho) {
  box.push_echo("text", true);
  box.push_echo("binary", false);
  spawn(take(box, w));
  EXPECT_EQ(w.got->is, message::kind::text);
  box.pop();
  w = {};
  spawn(take(box, w));
  EXPECT_EQ(w.got->is, message::kind::binary);
}

TEST_F(OutboxTest, WakesTheWriterThatWaits) {
  spawn(take(box, w));
  EXPECT_FALSE(w.done);
  box.push_event("late", now);
  run();
  ASSERT_TRUE(w.done);
  EXPECT_EQ(w.got->bytes(), "late");
}

TEST_F(OutboxTest, AnEchoIsSentBeforeTheNextIsRead) {
  box.push_event("before", now);
  box.push_echo("echo", true);
  box.push_event("behind", now);
  spawn(wait_for_echo(box, echo_sent));
  box.pop();
  run();
  EXPECT_FALSE(echo_sent);
  box.pop();
  run();
  EXPECT_TRUE(echo_sent) << "what is behind it need not have been sent";
}

TEST_F(OutboxTest, WaitsUntilNoEventWaits) {
  box.push_event("1", now);
  box.push_event("2", now);
  box.push_echo("echo", true);
  bool none = false;
  spawn([](outbox& of, bool& done) -> task<void> {
    co_await of.no_event_waits();
    done = true;
  }(box, none));
  box.pop();
  run();
  EXPECT_FALSE(none);
  box.pop();
  run();
  EXPECT_TRUE(none);
}

TEST_F(OutboxTest, NobodyWaitsForNoEcho) {
  box.push_event("event", now);
  spawn(wait_for_echo(box, echo_sent));
  EXPECT_TRUE(echo_sent);
}

TEST_F(OutboxTest, OnePingAtATime) {
  box.push_ping();
  box.push_ping();
  EXPECT_THAT(take_all(), ElementsAre("(ping)"));
}

TEST_F(OutboxTest, ClosedStillGivesWhatWaits) {
  box.push_event("last", now);
  box.close({1001, "bye"});
  box.push_echo("too late", true);
  box.push_event("too late", now);
  box.push_ping();
  EXPECT_THAT(take_all(), ElementsAre("last"));
  EXPECT_TRUE(w.done);
}

TEST_F(OutboxTest, ClosingWakesTheWriter) {
  spawn(take(box, w));
  box.close({1001, "bye"});
  run();
  EXPECT_TRUE(w.done);
  EXPECT_EQ(w.got, nullptr);
}

TEST_F(OutboxTest, TheFirstReasonCounts) {
  box.close({1001, "bye"});
  box.close({1008, "too slow"});
  EXPECT_EQ(box.closed().value_or(close_reason{}).code, 1001);
}

TEST_F(OutboxTest, AbandonedGivesNothing) {
  box.push_echo("lost", true);
  spawn(wait_for_echo(box, echo_sent));
  box.abandon();
  run();
  EXPECT_TRUE(echo_sent);
  EXPECT_THAT(take_all(), ElementsAre());
  EXPECT_TRUE(w.done);
}

TEST_F(OutboxTest, TooSlowIsClosedWithoutWhatWaited) {
  limits.max_queue_bytes = 8;
  for (const char* event : {"1111", "2222", "3333"}) box.push_event(event, now);
  EXPECT_FALSE(box.closed()) << "the first is being sent, and two are 8 bytes";
  box.push_event("4", now);
  EXPECT_EQ(box.closed().value_or(close_reason{}).code, 1008);
  EXPECT_THAT(take_all(), ElementsAre("1111"));
  EXPECT_EQ(counts.events_lost.at("close"), 3U);
}

TEST_F(OutboxTest, TheOldestAreDroppedAndThePeerIsTold) {
  limits.max_queue_bytes = 8;
  limits.slow_peers = slow_policy::drop_oldest;
  for (const char* event : {"1111", "2222", "3333", "4444", "55555"}) box.push_event(event, now);
  EXPECT_EQ(counts.events_lost.at("drop-oldest"), 3U);
  spawn(take(box, w));
  EXPECT_EQ(w.got->bytes(), R"({"topic":"$lost","payload":{"count":3}})");
}

TEST_F(OutboxTest, WhatIsBeingSentIsNotDropped) {
  limits.max_queue_bytes = 8;
  limits.slow_peers = slow_policy::drop_oldest;
  box.push_event("1111", now);
  spawn(take(box, w));
  for (const char* event : {"2222", "3333", "4444"}) box.push_event(event, now);
  EXPECT_EQ(w.got->bytes(), "1111");
  box.pop();
  EXPECT_THAT(take_all(),
              ElementsAre(R"({"topic":"$lost","payload":{"count":1}})", "3333", "4444"));
}

TEST_F(OutboxTest, EchoesAreNeitherCountedNorDropped) {
  limits.max_queue_bytes = 8;
  limits.slow_peers = slow_policy::drop_oldest;
  box.push_event("1111", now);
  box.push_echo("a long echo", true);
  for (const char* event : {"2222", "3333", "4444"}) box.push_event(event, now);
  EXPECT_THAT(take_all(), ElementsAre(R"({"topic":"$lost","payload":{"count":1}})", "1111",
                                      "a long echo", "3333", "4444"));
}

TEST_F(OutboxTest, AnEventOverTheLimitIsTakenAlone) {
  limits.max_queue_bytes = 2;
  limits.slow_peers = slow_policy::drop_oldest;
  for (const char* event : {"1111", "2222", "3333"}) box.push_event(event, now);
  EXPECT_THAT(take_all(),
              ElementsAre(R"({"topic":"$lost","payload":{"count":1}})", "1111", "3333"));
}

TEST_F(OutboxTest, CountsWhatItHolds) {
  box.push_event("1111", now);
  box.push_echo("22", true);
  EXPECT_EQ(counts.queue_bytes, 6U);
  take_all();
  EXPECT_EQ(counts.queue_bytes, 0U);
  EXPECT_EQ(counts.queue_high_water_bytes, 6U);
  EXPECT_EQ(counts.messages_sent, 2U);
  EXPECT_EQ(counts.messages_sent_bytes, 6U);
  {
    outbox other(io.get_executor(), limits, counts);
    other.push_echo("abc", true);
    EXPECT_EQ(counts.queue_bytes, 3U);
  }
  EXPECT_EQ(counts.queue_bytes, 0U);
}

}  // namespace
}  // namespace ws_demo
