#include "send_queue_test.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace ws_demo {
namespace {

using testing::any_time;
using ::testing::ElementsAre;

class SendQueueTest : public testing::send_queue_test {};

TEST_F(SendQueueTest, GivesMessagesInOrder) {
  queue.push_echo("a", true);
  queue.push_event("b", any_time);
  queue.push_ping();
  queue.push_echo("c", false);
  EXPECT_THAT(take_all(), ElementsAre("a", "b", "(ping)", "c"));
  EXPECT_EQ(queue.sent(), 3U) << "a ping is no message";
}

TEST_F(SendQueueTest, KeepsTheTypeOfAnEcho) {
  queue.push_echo("text", true);
  queue.push_echo("binary", false);
  EXPECT_EQ(first().is, message::kind::text);
  queue.pop();
  EXPECT_EQ(first().is, message::kind::binary);
}

TEST_F(SendQueueTest, TheConsumerIsToldOfAnEvent) {
  queue.push_event("event", any_time);
  EXPECT_EQ(told, 1);
  queue.enqueue(make_event("quietly"), any_time);
  EXPECT_EQ(told, 1);
  queue.flush();
  EXPECT_EQ(told, 2);
}

TEST_F(SendQueueTest, TheConsumerIsNotToldOfNothing) {
  queue.flush();
  EXPECT_EQ(told, 0);
}

TEST_F(SendQueueTest, EchoesLeaveTogether) {
  queue.push_echo("1", true);
  queue.push_echo("2", true);
  EXPECT_EQ(told, 0);
  queue.flush();
  EXPECT_EQ(told, 1);
}

TEST_F(SendQueueTest, HasRoomForSoManyBytesOfEchoes) {
  const std::string half(std::size_t{128} << 10, 'x');
  queue.push_echo(half, true);
  EXPECT_TRUE(queue.has_room_for_echo());
  queue.push_echo(half, true);
  EXPECT_FALSE(queue.has_room_for_echo());
  queue.pop();
  EXPECT_TRUE(queue.has_room_for_echo());
}

TEST_F(SendQueueTest, HasRoomForFewerEchoesWhileMemoryIsShort) {
  const memory_charge all_there_is(&memory, memory.limit());
  queue.push_echo(std::string(std::size_t{8} << 10, 'x'), true);
  EXPECT_TRUE(queue.has_room_for_echo());
  queue.push_echo(std::string(std::size_t{8} << 10, 'x'), true);
  EXPECT_FALSE(queue.has_room_for_echo());
}

TEST_F(SendQueueTest, EmptyEchoesTakeRoomToo) {
  for (int i = 0; i < 5000 && queue.has_room_for_echo(); ++i) queue.push_echo("", true);
  EXPECT_FALSE(queue.has_room_for_echo());
  EXPECT_FALSE(take_all().empty());
  EXPECT_TRUE(queue.has_room_for_echo());
}

TEST_F(SendQueueTest, AnEchoCountsWithTheMemoryItHolds) {
  int count = 0;
  for (; queue.has_room_for_echo(); ++count) {
    std::string one = "x";
    one.reserve(1000);
    queue.push_echo(std::move(one), true);
  }
  EXPECT_LT(count, 256);
}

TEST_F(SendQueueTest, EventsTakeNoRoomOfEchoes) {
  queue.push_event(std::string(std::size_t{300} << 10, 'x'), any_time);
  EXPECT_TRUE(queue.has_room_for_echo());
}

TEST_F(SendQueueTest, TheHandshakeComesFirst) {
  queue.close({1001, "bye"});
  queue.push_handshake("HTTP/1.1 101");
  EXPECT_THAT(take_all(), ElementsAre("HTTP/1.1 101", "(close 1001)"));
  EXPECT_EQ(queue.sent(), 0U) << "that was no message";
}

TEST_F(SendQueueTest, OnePingAtATime) {
  queue.push_ping();
  queue.push_ping();
  EXPECT_THAT(take_all(), ElementsAre("(ping)"));
}

TEST_F(SendQueueTest, ClosedStillGivesWhatWaits) {
  queue.push_event("last", any_time);
  queue.close({1001, "bye"});
  queue.push_echo("too late", true);
  queue.push_event("too late", any_time);
  queue.push_ping();
  queue.push_pong("too late");
  EXPECT_THAT(take_all(), ElementsAre("last", "(close 1001)"));
}

TEST_F(SendQueueTest, APongComesBehindWhatHasBegunAndReplacesTheOneThatWaits) {
  queue.push_handshake("hand");  // may have been sent in part
  queue.push_handshake("shake");
  queue.push_event("event", any_time);
  queue.push_pong("1");
  queue.push_echo("echo", true);
  queue.push_pong("2");
  EXPECT_THAT(take_all(), ElementsAre("hand", "shake", "2", "event", "echo"));
  queue.push_pong("3");
  queue.push_pong("4");
  queue.push_pong("5");
  EXPECT_THAT(take_all(), ElementsAre("3", "5"));
}

TEST_F(SendQueueTest, ACloseHasCodeAndReason) {
  queue.close({4711, "why"});
  EXPECT_EQ(first().close_code, 4711);
  EXPECT_EQ(first().payload(), "why");
}

TEST_F(SendQueueTest, ACloseIsAnsweredWithItsCodeOnly) {
  queue.close_from_peer({4711, "closed by peer"});
  EXPECT_EQ(first().close_code, 4711);
  EXPECT_EQ(first().payload(), "");
  EXPECT_EQ(queue.closed().value_or(close_reason{}).text, "closed by peer");
}

TEST_F(SendQueueTest, ACloseWithoutACodeIsNormal) {
  queue.close_from_peer({1005, "closed by peer"});
  EXPECT_THAT(take_all(), ElementsAre("(close 1000)"));
  EXPECT_EQ(queue.closed().value_or(close_reason{}).code, 1005);
}

TEST_F(SendQueueTest, WithoutAPeerThereIsNobodyToTell) {
  queue.push_event("last", any_time);
  queue.close_from_peer({1006, "Connection reset by peer"});
  EXPECT_THAT(take_all(), ElementsAre("last")) << "and no close";
  queue.push_event("too late", any_time);
  EXPECT_THAT(take_all(), ElementsAre());
}

TEST_F(SendQueueTest, TheConsumerIsToldOfAClose) {
  queue.close({1001, "bye"});
  EXPECT_EQ(told, 1);
}

TEST_F(SendQueueTest, TheFirstReasonCounts) {
  queue.close({1001, "bye"});
  queue.close({1008, "too slow"});
  EXPECT_EQ(queue.closed().value_or(close_reason{}).code, 1001);
}

TEST_F(SendQueueTest, TheConsumerIsToldOfAnAbortAndOfNothingAfterIt) {
  queue.push_echo("a", true);
  queue.abort();
  EXPECT_EQ(told, 1);
  queue.abort();
  queue.flush();
  queue.push_event("too late", any_time);
  EXPECT_EQ(told, 1);
}

TEST_F(SendQueueTest, WhatIsOwedToOneThatIsGoneIsStillOffered) {
  queue.push_echo("a", true);
  queue.close_from_peer({1006, "end of file"});
  EXPECT_EQ(told, 1);
  EXPECT_FALSE(queue.aborted());
}

TEST_F(SendQueueTest, CountsWhatItHolds) {
  queue.push_event("1111", any_time);
  queue.push_echo("22", true);
  EXPECT_EQ(counts.queue_bytes, 6 + 2 * send_queue::overhead_bytes);
  take_all();
  EXPECT_EQ(counts.queue_bytes, 0U);
  EXPECT_EQ(counts.queue_high_water_bytes, 6 + 2 * send_queue::overhead_bytes);
  EXPECT_EQ(counts.messages_sent, 2U);
  EXPECT_EQ(counts.messages_sent_bytes, 6U);
  {
    send_queue other(*this, limits, counts, pool);
    other.push_echo("abc", true);
    EXPECT_EQ(counts.queue_bytes, 3 + send_queue::overhead_bytes);
  }
  EXPECT_EQ(counts.queue_bytes, 0U);
}

}  // namespace
}  // namespace ws_demo
