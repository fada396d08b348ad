#include "events/publisher.hpp"

#include "common/memory_budget.hpp"
#include "events/memory_log.hpp"
#include "http/publish_request.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace ws_demo {
namespace {

using ::testing::ElementsAre;

class PublisherTest : public ::testing::Test {
 protected:
  PublisherTest() {
    stored_in.open(center);
    spawn(long_work.run());
    io.poll();
  }

  task<void> publish_some(std::string topic, int count) {
    for (int i = 0; i < count; ++i) {
      const auto result = co_await to.publish(topic, "0", {"test", "test"});
      ++(result ? published : refused_events);
    }
  }
  task<void> publish_to(publisher& another) {
    co_await another.publish("t", "0", {"test", "test"});
    ++ended;
  }
  task<void> expect_one_a_turn_until(std::size_t count) {
    for (std::size_t turn = 1; center.past().events() < count; ++turn) {
      EXPECT_LE(center.past().events(), turn);
      co_await asio::post(io.get_executor(), no_throw);
    }
  }
  task<void> publish_bulk(std::string body) {
    const publish_request lines{.topic = {}, .key = {}, .allowed = {"*"}};
    const auto answer = co_await publish(lines, body, to, "test", long_work);
    answers.push_back(answer.result_int());
  }
  void spawn(task<void> coroutine) { asio::co_spawn(io, std::move(coroutine), asio::detached); }
  static std::string lines_on(const std::vector<std::string>& topics) {
    std::string body;
    for (const auto& topic : topics) body += R"({"topic":")" + topic + "\",\"payload\":1}\n";
    return body;
  }
  /// The topics of all that has been published, in order.
  std::vector<std::string> order() {
    const std::vector<std::string> all{"*"};
    std::vector<std::string> topics;
    for (const auto& event : replay(center.past(), all, 0, 0).next(65536, 0).events)
      topics.push_back(event->text.substr(10, event->text.find('"', 10) - 10));
    return topics;
  }

  asio::io_context io{1};
  round_robin long_work{io.get_executor()};
  options limits;
  metrics counts;
  limited_log log{counts};
  memory_budget memory{std::size_t{1} << 30};
  hub center{io.get_executor(), limits, memory};
  memory_log stored_in;
  publisher to{io.get_executor(), limits, center, stored_in, counts, log};
  int published = 0;
  int refused_events = 0;
  int ended = 0;
  std::vector<unsigned> answers;
};

TEST_F(PublisherTest, AllTakeTurns) {
  spawn(publish_some("a", 3));
  spawn(publish_some("b", 3));
  spawn(publish_bulk(lines_on({"c", "c"})));
  io.poll();
  EXPECT_THAT(order(), ElementsAre("a", "b", "c", "a", "b", "c", "a", "b"));
  EXPECT_THAT(answers, ElementsAre(200U));
}

TEST_F(PublisherTest, OneATurnOfTheLoop) {
  for (int i = 0; i < 3; ++i) spawn(publish_some("t", 10));
  spawn(expect_one_a_turn_until(30));
  io.poll();
  EXPECT_EQ(center.past().events(), 30U);
}

TEST_F(PublisherTest, AStopEndsThoseUnderWayAndThoseThatWait) {
  spawn(publish_bulk(lines_on(std::vector<std::string>(1000, "a"))));
  spawn(publish_bulk(lines_on(std::vector<std::string>(1000, "b"))));
  spawn(publish_some("c", 1));
  while (center.past().events() < 10) ASSERT_EQ(io.poll_one(), 1U);
  const auto before = center.past().events();
  to.stop();
  io.poll();
  EXPECT_EQ(center.past().events(), before);
  EXPECT_THAT(answers, ElementsAre(503U, 503U));
}

TEST_F(PublisherTest, NobodyWaitsAfterAStopWheneverThatComes) {
  for (int steps = 0; steps < 30; ++steps) {
    publisher another{io.get_executor(), limits, center, stored_in, counts, log};
    for (int i = 0; i < 3; ++i) spawn(publish_to(another));
    for (int i = 0; i < steps; ++i) io.poll_one();
    another.stop();
    spawn(publish_to(another));
    io.poll();
    ASSERT_EQ(ended, 4 * (steps + 1));
  }
}

TEST_F(PublisherTest, AStopEndsTheReadingOfALongBulk) {
  spawn(publish_bulk(lines_on(std::vector<std::string>(10'000, "a")) + "nonsense\n"));
  io.poll_one();
  to.stop();
  io.poll();
  EXPECT_EQ(center.past().events(), 0U);
  EXPECT_THAT(answers, ElementsAre(503U));
}

TEST_F(PublisherTest, ABulkHasTheRoomItWasTakenFor) {
  limits.max_topics_total = 3;
  spawn(publish_bulk(lines_on({"a", "b", "c"})));
  io.poll_one();
  ASSERT_EQ(center.past().events(), 1U);
  spawn(publish_some("d", 1));
  spawn(publish_bulk(lines_on({"a", "e"})));
  io.poll();
  EXPECT_THAT(order(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(answers, ElementsAre(507U, 200U));
  EXPECT_EQ(refused_events, 1);
  EXPECT_EQ(counts.refused["topics"], 2U);
}

TEST_F(PublisherTest, WhoPublishesAtOnceDoesNotWait) {
  spawn(publish_some("a", 2));
  io.poll_one();
  publisher::batch one(to);
  EXPECT_TRUE(one.add_now("b", "0", {"test", "test"}));
  EXPECT_TRUE(one.is_done());
  io.poll();
  EXPECT_THAT(order(), ElementsAre("a", "b", "a"));
}

/// A flood of lines that are none is counted, but does not flood the log.
TEST_F(PublisherTest, SkippedLinesAreToldOneByOneUnlessTheyAreMany) {
  ::testing::internal::CaptureStdout();  // where spdlog writes to unless told otherwise
  for (std::uint64_t line = 1; line <= 1000; ++line) to.skip_line(line, "no topic");
  const auto text = ::testing::internal::GetCapturedStdout();
  EXPECT_NE(text.find("skipped line=10: no topic"), std::string::npos) << text;
  EXPECT_LT(std::ranges::count(text, '\n'), 20) << text;
  EXPECT_EQ(counts.refused["line"], 1000U);
}

}  // namespace
}  // namespace ws_demo
