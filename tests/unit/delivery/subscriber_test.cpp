#include "delivery/subscriber.hpp"

#include "common/memory_budget.hpp"
#include "connected.hpp"
#include "deadline.hpp"
#include "events/memory_log.hpp"
#include "websocket/frame.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;
using keep_alive_by = keep_alive::liveness;

class SubscriberTest : public ::testing::Test {
 protected:
  SubscriberTest() {
    limits.interval = 0ms;
    stored_in.open(events);
    limits.close_timeout = 1h;
    asio::co_spawn(io, ticks.run(), asio::detached);
    asio::co_spawn(io, long_work.run(), asio::detached);
    asio::co_spawn(io, events.flush_pending(), asio::detached);
  }

  void publish(const std::string& topic, const std::string& payload) {
    stored_in.append_now(topic, payload);
  }
  std::unique_ptr<subscriber> subscribe(subscription wanted,
                                        keep_alive_by shown_by = keep_alive_by::answers) {
    return std::make_unique<subscriber>(*tcp.link, context, std::move(wanted), shown_by,
                                        websocket_frame);
  }
  static subscription to_topic(std::optional<event_id> since = {}) {
    return {.patterns = {"t"}, .random = false, .since = std::move(since), .last = 0};
  }
  std::string id(int number) const { return events.epoch() + ":" + std::to_string(number); }
  std::string published(int number) const {
    return frame_with(R"({"topic":"t","payload":1,"id":")" + id(number) + "\"}");
  }
  std::string position(int number) const { return frame_with(position_event_text(id(number))); }
  std::string recovered(std::uint64_t count, int number) const {
    return frame_with(recovered_event_text(count, id(number)));
  }
  static std::string frame_with(const std::string& text) {
    message m;
    m.what = make_event(text);
    const auto f = websocket_frame(m);
    return std::string(f.head.data(), f.head_bytes).append(f.body);
  }
  /// Reads as much as is expected, and compares.
  void expect_sent(const std::string& all) { EXPECT_EQ(tcp.read(all.size()), all); }

  asio::io_context io{1};
  options limits;
  metrics counts;
  limited_log log{counts};
  memory_budget memory{std::size_t{1} << 30};
  hub events{io.get_executor(), limits, memory};
  memory_log stored_in;
  ticker ticks{io.get_executor(), limits, counts};
  round_robin long_work{io.get_executor()};
  message_pool pool{long_work, memory};
  encoding_cache encodings{io.get_executor(), memory};
  delivery_context context{limits, counts, log, events, ticks, long_work, pool, encodings};
  testing::connected tcp{io};
};

TEST_F(SubscriberTest, GetsWhatIsPublishedOnItsTopics) {
  const auto s = subscribe(to_topic());
  publish("t", "1");
  s->start();
  publish("other", "1");
  publish("t", "1");
  expect_sent(position(1) + published(3));
}

TEST_F(SubscriberTest, IsToldItsPositionFirstUnlessItAsksForNothingButRandomNumbers) {
  limits.interval = 1h;
  const std::vector<std::vector<std::string>> all{{"*"}, {"t"}, {"random", "t"}};
  for (const auto& patterns : all) {
    const bool random = patterns.size() > 1;
    const auto s = subscribe({.patterns = patterns, .random = random, .since = {}, .last = 0});
    s->start();
    EXPECT_EQ(s->queue.sent(), random ? 2U : 1U);
    expect_sent(position(0));
  }
}

TEST_F(SubscriberTest, IsToldThePositionOfItsReplayFirst) {
  for (const char* topic : {"t", "other", "t", "other"}) publish(topic, "1");
  const auto last = subscribe({.patterns = {"*"}, .random = false, .since = {}, .last = 1});
  last->start();
  expect_sent(position(2) + published(3));
}

TEST_F(SubscriberTest, GetsARandomEventAtOnceAndOneEachInterval) {
  limits.interval = 20ms;
  const auto s = subscribe({.patterns = {"random"}, .random = true, .since = {}, .last = 0});
  const auto began = steady_clock::now();
  s->start();
  EXPECT_EQ(s->queue.sent(), 1U);
  EXPECT_TRUE(testing::run_until(io, [&] { return s->queue.sent() == 3; }));
  EXPECT_GE(steady_clock::now() - began, 40ms);
}

TEST_F(SubscriberTest, GetsWhatItMissedAndThenWhatComesEachOnce) {
  for (int i = 0; i < 3; ++i) publish("t", "1");
  const auto s = subscribe(to_topic(event_id{events.epoch(), 1}));
  s->start();
  expect_sent(position(1) + published(2) + published(3) + recovered(2, 3));
  publish("t", "1");
  expect_sent(published(4));
  EXPECT_EQ(counts.recoveries, 1U);
  EXPECT_EQ(counts.gaps, 0U);
}

TEST_F(SubscriberTest, PagesOfAReplayAreSmallWhileMemoryIsShort) {
  for (int i = 0; i < 100; ++i) publish("t", '"' + std::string(1000, 'x') + '"');
  const memory_charge all_there_is(&memory, memory.limit());
  const auto s = subscribe(to_topic(event_id{events.epoch(), 0}));
  s->start();
  testing::run_until(io, [&] { return s->queue.sent() == 1; });  // its position
  tcp.fill();
  testing::run_until(io, [&] { return !s->queue.empty(); });
  EXPECT_LE(s->queue.bytes(), 16U << 10);
}

TEST_F(SubscriberTest, IsToldOfAGapFirst) {
  limits.history_events = 1;
  for (int i = 0; i < 3; ++i) publish("t", "1");
  const auto s = subscribe(to_topic(event_id{events.epoch(), 1}));
  s->start();
  expect_sent(frame_with(gap_event_text("the history does not reach back to it", id(1))) +
              published(3) + recovered(1, 3));
  EXPECT_EQ(counts.gaps, 1U);
}

TEST_F(SubscriberTest, AShutDownBeforeItStartsComesBehindTheHandshake) {
  tcp.link->set_idle(false);
  tcp.link->shut_down();
  const auto s = subscribe({});
  s->queue.push_handshake("hello");
  s->start();
  s->queue.flush();
  expect_sent("hello\x88\x19\x03\xe9server is shutting down");
}

TEST_F(SubscriberTest, APeerThatDoesNotAnswerACloseIsAborted) {
  const auto s = subscribe({});
  s->start();
  s->queue.close({1008, "too slow"});
  expect_sent("\x88\x0a\x03\xf0too slow");
  EXPECT_TRUE(tcp.link->has_deadline());
  tcp.link->check_deadlines(steady_clock::now());
  EXPECT_FALSE(s->queue.aborted());
  tcp.link->check_deadlines(steady_clock::now() + 2h);
  EXPECT_TRUE(s->queue.aborted());
  EXPECT_TRUE(tcp.is_closed());
}

TEST_F(SubscriberTest, OneThatNeverAnswersIsOverWhenItsCloseIsSent) {
  const auto s = subscribe({}, keep_alive_by::acknowledges);
  s->start();
  s->queue.close({1001, ""});
  expect_sent(std::string("\x88\x02\x03\xe9"));
  EXPECT_TRUE(s->queue.aborted());
}

TEST_F(SubscriberTest, OneThatAcknowledgesIsPingedAtHalfTheIdleTimeout) {
  limits.idle_timeout = 1h;
  const auto s = subscribe({}, keep_alive_by::acknowledges);
  s->start();
  tcp.link->check_deadlines(steady_clock::now() + 29min);
  EXPECT_TRUE(s->queue.empty());
  tcp.link->check_deadlines(steady_clock::now() + 31min);
  expect_sent(std::string("\x89\x00", 2));
}

TEST_F(SubscriberTest, ASilentPeerIsPingedAndThenGivenUp) {
  limits.idle_timeout = 10ms;  // of which the kernel has to see half, and all
  const auto s = subscribe({});
  s->start();
  EXPECT_TRUE(testing::run_until(io, [&] {
    tcp.link->check_deadlines(steady_clock::now());
    asio::post(io, [] {});  // looks again
    return s->queue.aborted();
  }));
  expect_sent(std::string("\x89\x00", 2));
  EXPECT_TRUE(tcp.is_closed()) << "without a close frame: there is nobody to read it";
  EXPECT_EQ(s->queue.closed().value_or(close_reason{}).code, 1006);
}

/// As by an exception in its coroutine.
TEST_F(SubscriberTest, OneThatEndsWithoutACloseIsCountedAsClosed) {
  auto s = subscribe({});
  s->set_opened("/", {});
  s->start();
  EXPECT_EQ(counts.peers_accepted, 1U);
  s.reset();
  EXPECT_NE(counts.exposition({}).find(R"(ws_demo_closed_total{code="1011"} 1)"),
            std::string::npos);
}

TEST_F(SubscriberTest, IsClosedWhenWhatLetItInExpires) {
  const auto s = subscribe({});
  const auto expires = steady_clock::now() + 1h;
  s->set_opened("/", {.subject = "ann", .expires_at = expires});
  s->start();
  tcp.link->check_deadlines(expires - 1ms);
  EXPECT_FALSE(s->queue.closed());
  tcp.link->check_deadlines(expires);
  expect_sent(std::string("\x88\x0f\x03\xf0token expired"));
}

TEST_F(SubscriberTest, OneThatIsRefusedGetsNothingButTheClose) {
  const auto s = subscribe(to_topic());
  publish("t", "1");
  s->refuse({4401, "why"});
  s->push_random(testing::any_time);
  publish("t", "1");
  expect_sent(std::string("\x88\x05\x11\x31why"));
}

TEST_F(SubscriberTest, OneThatWasNotAcceptedIsNotCountedAsClosed) {
  subscribe({}).reset();
  EXPECT_EQ(counts.exposition({}).find(R"(ws_demo_closed_total{code="1011"})"), std::string::npos);
}

}  // namespace
}  // namespace ws_demo
