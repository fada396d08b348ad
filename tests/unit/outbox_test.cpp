#include "ws_demo/outbox.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ws_demo {
namespace {

using ::testing::ElementsAre;

/// With a reader that is told, but takes nothing before it is asked to.
class OutboxTest : public ::testing::Test, protected outbox::reader {
 protected:
  void filled() override { ++told; }

  static task<void> wait_for_room(outbox& of, bool& done) {
    co_await of.room_for_echo();
    done = true;
  }
  static task<void> wait_until_empty(outbox& of, bool& done) {
    co_await of.emptied();
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

  /// Everything that would be sent now, as text.
  std::vector<std::string> take_all() {
    std::vector<std::string> all;
    for (; !box.messages().empty(); box.pop()) {
      const auto& m = box.messages().front();
      if (m.is == message::kind::ping)
        all.emplace_back("(ping)");
      else if (m.is == message::kind::close)
        all.push_back("(close " + std::to_string(parse_close_payload(m.bytes()).code) + ")");
      else
        all.emplace_back(m.bytes());
    }
    return all;
  }

  asio::io_context io{1};
  options limits;
  metrics counts;
  outbox box{*this, io.get_executor(), limits, counts};
  int told = 0;
  bool done = false;
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
  EXPECT_EQ(box.messages().front().is, message::kind::text);
  EXPECT_EQ(box.messages().back().is, message::kind::binary);
}

TEST_F(OutboxTest, TheReaderIsToldOfAnEvent) {
  box.push_event("event", now);
  EXPECT_EQ(told, 1);
  box.push_event_quietly(std::make_shared<const std::string>("quietly"), now);
  EXPECT_EQ(told, 1);
  box.flush();
  EXPECT_EQ(told, 2);
}

TEST_F(OutboxTest, TheReaderIsNotToldOfNothing) {
  box.flush();
  EXPECT_EQ(told, 0);
}

TEST_F(OutboxTest, EchoesLeaveTogether) {
  box.push_echo("1", true);
  box.push_echo("2", true);
  EXPECT_EQ(told, 0);
  box.flush();
  EXPECT_EQ(told, 1);
}

TEST_F(OutboxTest, NoMoreIsReadThanMayWaitToBeSentBack) {
  const std::string half(std::size_t{128} << 10, 'x');
  box.push_echo(half, true);
  spawn(wait_for_room(box, done));
  EXPECT_TRUE(done);
  done = false;
  box.push_echo(half, true);
  spawn(wait_for_room(box, done));
  EXPECT_FALSE(done);
  EXPECT_EQ(told, 1) << "or it would wait for ever";
  box.pop();
  run();
  EXPECT_TRUE(done);
}

TEST_F(OutboxTest, EmptyEchoesTakeRoomToo) {
  bool has_room = true;
  for (int i = 0; i < 5000 && has_room; ++i) {
    box.push_echo("", true);
    has_room = false;
    spawn(wait_for_room(box, has_room));
  }
  EXPECT_FALSE(has_room);
  EXPECT_FALSE(take_all().empty());
  run();
  EXPECT_TRUE(has_room);
}

TEST_F(OutboxTest, AnEchoCountsWithTheMemoryItHolds) {
  int count = 0;
  for (; box.has_room_for_echo(); ++count) {
    std::string one = "x";
    one.reserve(1000);
    box.push_echo(std::move(one), true);
  }
  EXPECT_LT(count, 256);
}

TEST_F(OutboxTest, EventsAreNoReasonNotToRead) {
  box.push_event(std::string(std::size_t{300} << 10, 'x'), now);
  spawn(wait_for_room(box, done));
  EXPECT_TRUE(done);
}

TEST_F(OutboxTest, WaitsUntilAllHasBeenSent) {
  box.push_event("1", now);
  box.push_event("2", now);
  spawn(wait_until_empty(box, done));
  box.pop();
  run();
  EXPECT_FALSE(done);
  box.pop();
  run();
  EXPECT_TRUE(done);
}

TEST_F(OutboxTest, TheHandshakeComesFirst) {
  box.close({1001, "bye"});
  box.push_handshake("HTTP/1.1 101");
  EXPECT_THAT(take_all(), ElementsAre("HTTP/1.1 101", "(close 1001)"));
  EXPECT_EQ(box.sent(), 0U) << "that was no message";
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
  box.push_pong("too late");
  EXPECT_THAT(take_all(), ElementsAre("last", "(close 1001)"));
}

TEST_F(OutboxTest, APongComesBehindWhatHasBegunAndReplacesTheOneThatWaits) {
  box.push_handshake("hand");  // may have been sent in part
  box.push_handshake("shake");
  box.push_event("event", now);
  box.push_pong("1");
  box.push_echo("echo", true);
  box.push_pong("2");
  EXPECT_THAT(take_all(), ElementsAre("hand", "shake", "2", "event", "echo"));
  box.push_pong("3");
  box.push_pong("4");
  box.push_pong("5");
  EXPECT_THAT(take_all(), ElementsAre("3", "5"));
}

TEST_F(OutboxTest, WhatIsLostIsToldOnceHoweverManyPongsComeBetween) {
  limits.max_queue_bytes = 8;
  limits.slow_peers = slow_policy::drop_oldest;
  for (const char* event : {"1111", "2222", "3333", "4444", "5555", "6666"}) {
    box.push_event(event, now);
    box.push_pong("pong");
  }
  EXPECT_THAT(take_all(), ElementsAre("1111", R"({"topic":"$lost","payload":{"count":3}})", "pong",
                                      "5555", "6666"));
}

TEST_F(OutboxTest, AClosePayloadSaysBoth) {
  box.close({4711, "why"});
  const auto read = parse_close_payload(box.messages().front().bytes());
  EXPECT_EQ(read.code, 4711);
  EXPECT_EQ(read.text, "why");
}

TEST_F(OutboxTest, ACloseIsAnsweredWithItsCodeOnly) {
  box.close_in_answer({4711, "closed by peer"});
  EXPECT_EQ(box.messages().front().bytes(), "\x12\x67");
  EXPECT_EQ(box.closed().value_or(close_reason{}).text, "closed by peer");
}

TEST_F(OutboxTest, ACloseWithoutACodeIsNormal) {
  box.close_in_answer({1005, "closed by peer"});
  EXPECT_THAT(take_all(), ElementsAre("(close 1000)"));
  EXPECT_EQ(box.closed().value_or(close_reason{}).code, 1005);
}

TEST_F(OutboxTest, WithoutAPeerThereIsNobodyToTell) {
  box.push_event("last", now);
  box.close_in_answer({1006, "Connection reset by peer"});
  EXPECT_THAT(take_all(), ElementsAre("last")) << "and no close";
  box.push_event("too late", now);
  EXPECT_THAT(take_all(), ElementsAre());
}

TEST_F(OutboxTest, TheReaderIsToldOfAClose) {
  box.close({1001, "bye"});
  EXPECT_EQ(told, 1);
}

TEST_F(OutboxTest, TheFirstReasonCounts) {
  box.close({1001, "bye"});
  box.close({1008, "too slow"});
  EXPECT_EQ(box.closed().value_or(close_reason{}).code, 1001);
}

TEST_F(OutboxTest, AbandonedHoldsNobodyUp) {
  box.push_echo(std::string(std::size_t{256} << 10, 'x'), true);
  spawn(wait_for_room(box, done));
  EXPECT_FALSE(done);
  box.abandon();
  run();
  EXPECT_TRUE(done);
  done = false;
  spawn(wait_until_empty(box, done));
  EXPECT_TRUE(done);
  told = 0;
  box.flush();
  box.push_event("too late", now);
  EXPECT_EQ(told, 0);
}

TEST_F(OutboxTest, TooSlowIsClosedWithoutWhatWaited) {
  limits.max_queue_bytes = 8;
  for (const char* event : {"1111", "2222", "3333"}) box.push_event(event, now);
  EXPECT_FALSE(box.closed()) << "the first is being sent, and two are 8 bytes";
  box.push_event("4", now);
  EXPECT_EQ(box.closed().value_or(close_reason{}).code, 1008);
  EXPECT_THAT(take_all(), ElementsAre("1111", "(close 1008)"));
  EXPECT_EQ(counts.events_lost.at("close"), 3U);
}

TEST_F(OutboxTest, WhoPushesQuietlyClosesQuietly) {
  limits.max_queue_bytes = 8;
  const auto event = std::make_shared<const std::string>("1234");
  for (int i = 0; i < 4; ++i) box.push_event_quietly(event, now);
  EXPECT_TRUE(box.closed());
  EXPECT_EQ(told, 0);
}

TEST_F(OutboxTest, WhatIsOwedToOneThatIsGoneIsStillOffered) {
  box.push_echo("a", true);
  box.close_in_answer({1006, "end of file"});
  EXPECT_EQ(told, 1);
  EXPECT_FALSE(box.abandoned());
}

TEST_F(OutboxTest, TheOldestAreDroppedAndThePeerIsTold) {
  limits.max_queue_bytes = 8;
  limits.slow_peers = slow_policy::drop_oldest;
  for (const char* event : {"1111", "2222", "3333", "4444", "55555"}) box.push_event(event, now);
  EXPECT_EQ(counts.events_lost.at("drop-oldest"), 3U);
  EXPECT_THAT(take_all(),
              ElementsAre("1111", R"({"topic":"$lost","payload":{"count":3}})", "55555"));
}

TEST_F(OutboxTest, OnceItIsToldTheCountBeginsAnew) {
  limits.max_queue_bytes = 8;
  limits.slow_peers = slow_policy::drop_oldest;
  for (const char* event : {"1111", "2222", "3333", "4444"}) box.push_event(event, now);
  box.pop();
  for (const char* event : {"5555", "6666"}) box.push_event(event, now);
  EXPECT_THAT(take_all(),
              ElementsAre(R"({"topic":"$lost","payload":{"count":1}})",
                          R"({"topic":"$lost","payload":{"count":2}})", "5555", "6666"));
}

TEST_F(OutboxTest, WhatIsBeingSentIsNotDropped) {
  limits.max_queue_bytes = 8;
  limits.slow_peers = slow_policy::drop_oldest;
  for (const char* event : {"1111", "2222", "3333", "4444"}) box.push_event(event, now);
  EXPECT_THAT(take_all(),
              ElementsAre("1111", R"({"topic":"$lost","payload":{"count":1}})", "3333", "4444"));
}

TEST_F(OutboxTest, EchoesAreNeitherCountedNorDropped) {
  limits.max_queue_bytes = 8;
  limits.slow_peers = slow_policy::drop_oldest;
  box.push_event("1111", now);
  box.push_echo("a long echo", true);
  for (const char* event : {"2222", "3333", "4444"}) box.push_event(event, now);
  EXPECT_THAT(take_all(), ElementsAre("1111", R"({"topic":"$lost","payload":{"count":1}})",
                                      "a long echo", "3333", "4444"));
}

TEST_F(OutboxTest, AnEventOverTheLimitIsTakenAlone) {
  limits.max_queue_bytes = 2;
  limits.slow_peers = slow_policy::drop_oldest;
  for (const char* event : {"1111", "2222", "3333"}) box.push_event(event, now);
  EXPECT_THAT(take_all(),
              ElementsAre("1111", R"({"topic":"$lost","payload":{"count":1}})", "3333"));
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
    outbox other(*this, io.get_executor(), limits, counts);
    other.push_echo("abc", true);
    EXPECT_EQ(counts.queue_bytes, 3U);
  }
  EXPECT_EQ(counts.queue_bytes, 0U);
}

}  // namespace
}  // namespace ws_demo
