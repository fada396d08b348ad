#include "hub_test.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <exception>
#include <list>
#include <string>
#include <utility>
#include <vector>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::texts;

class HubTest : public testing::hub_test {};

TEST_F(HubTest, WhoHasSubscribedGetsIt) {
  testing::sink a(io);
  testing::sink b(io);
  const hub::membership in_a(center, a, {"prices"});
  const hub::membership in_b(center, b, {"news", "prices"});
  EXPECT_EQ(publish("prices").subscribers, 2U);
  EXPECT_EQ(publish("news").subscribers, 1U);
  EXPECT_EQ(publish("other").subscribers, 0U);
  EXPECT_THAT(a.take(), ElementsAre(text("prices", 1)));
  EXPECT_THAT(b.take(), ElementsAre(text("prices", 1), text("news", 2)));
}

TEST_F(HubTest, ManySubscribersAreToldSomeATurn) {
  constexpr int many = 1000;
  std::list<testing::sink> readers;
  std::list<hub::membership> in;
  for (int i = 0; i < many; ++i) in.emplace_back(center, readers.emplace_back(io), texts{"t"});
  bool told_all = false;
  asio::co_spawn(io, center.flush_pending(), [&](const std::exception_ptr&) { told_all = true; });
  io.restart();
  io.poll();
  {
    testing::sink goes(io);  // before it is told
    const hub::membership as_last(center, goes, {"t"});
    EXPECT_EQ(publish("t").subscribers, static_cast<std::size_t>(many + 1));
  }
  EXPECT_TRUE(center.has_pending_flushes());
  bool in_between = false;
  asio::post(io, [&] { in_between = center.has_pending_flushes(); });
  io.poll();
  EXPECT_TRUE(in_between) << "others have their turn before all have been told";
  EXPECT_FALSE(center.has_pending_flushes());
  for (auto& r : readers) EXPECT_THAT(r.take(), ElementsAre(text("t", 1)));
  center.stop();
  io.poll();
  EXPECT_TRUE(told_all);
}

TEST_F(HubTest, ThePayloadIsPassedOnAsItIs) {
  testing::sink a(io);
  const hub::membership in(center, a, {"t"});
  const std::string payload = R"({ "big": 12345678901234567890123, "e": 1e400, "b":1,"a":1.0 })";
  publish("t", payload);
  EXPECT_THAT(a.take(), ElementsAre(text(center, "t", payload, 1)));
}

TEST_F(HubTest, OnceAlsoWhereTwoPatternsMatch) {
  testing::sink a(io);
  const hub::membership in(center, a, {"*", "a.*", "a.b.*", "a.b.c"});
  EXPECT_EQ(publish("a.b.c").subscribers, 1U);
  EXPECT_THAT(a.take(), ElementsAre(text("a.b.c", 1)));
}

TEST_F(HubTest, WhoHasLeftGetsNothing) {
  testing::sink a(io);
  {
    const hub::membership in(center, a, {"t", "*"});
  }
  EXPECT_EQ(publish("t").subscribers, 0U);
  EXPECT_THAT(a.take(), IsEmpty());
}

TEST_F(HubTest, AllGetTheSameBytes) {
  /// Keeps what it is given.
  struct keeper final : event_sink {
    void enqueue(shared_event e, steady_clock::time_point /*due*/) noexcept override {
      kept = std::move(e);
    }
    void flush() noexcept override {}
    shared_event kept;
  };
  keeper a;
  keeper b;
  const hub::membership in_a(center, a, {"t"});
  const hub::membership in_b(center, b, {"*"});
  publish("t");
  EXPECT_EQ(a.kept, b.kept);
  EXPECT_EQ(a.kept->id, center.epoch() + ":1");
}

TEST_F(HubTest, WhereAReplayBegins) {
  limits.history_events = 2;
  for (int i = 0; i < 4; ++i) publish("t");
  const auto wanted = [&](const std::string& epoch, std::uint64_t number) {
    return subscription{
        .patterns = {"t"}, .random = false, .since = event_id{epoch, number}, .last = 0};
  };
  const auto gap_before = [&](const std::string& epoch, std::uint64_t number) {
    return center.gap_before(wanted(epoch, number));
  };
  EXPECT_EQ(gap_before(center.epoch(), 3), "");
  EXPECT_EQ(gap_before(center.epoch(), 2), "");
  EXPECT_NE(gap_before(center.epoch(), 1), "");
  EXPECT_NE(gap_before("another", 3), "");
  EXPECT_NE(gap_before(center.epoch(), 5), "") << "from the future";
  const auto events_after = [&](const std::string& epoch, std::uint64_t number) {
    const auto asked = wanted(epoch, number);
    return center.replay_for(asked).next(page_bytes, 0).events.size();
  };
  EXPECT_EQ(events_after(center.epoch(), 3), 1U);
  EXPECT_EQ(events_after("another", 3), 2U) << "all there is";
  EXPECT_EQ(events_after(center.epoch(), 5), 2U);
}

TEST_F(HubTest, SubscriptionsAreChargedWhileTheyLast) {
  const std::vector<std::string> patterns{std::string(128, 'x'), std::string(128, 'y')};
  const auto before = memory.used();
  testing::sink a(io);
  testing::sink b(io);
  {
    const hub::membership first(center, a, patterns);
    const auto one = memory.used() - before;
    EXPECT_GT(one, 2 * 128U);
    const hub::membership second(center, b, patterns);
    EXPECT_LT(memory.used() - before, 2 * one) << "both have the patterns of the hub";
  }
  EXPECT_EQ(memory.used(), before);
}

}  // namespace
}  // namespace ws_demo
