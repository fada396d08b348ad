#include "ws_demo/hub.hpp"

#include "ws_demo/topic.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <list>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using texts = std::vector<std::string>;

/// A peer that takes all it is sent, as soon as it is told.
class reader final : private outbox::reader {
 public:
  reader(asio::io_context& io, const options& limits, metrics& counts)
      : box(*this, io.get_executor(), limits, counts), io_(io) {}

  /// What has come since the last time.
  texts take() {
    io_.restart();
    io_.poll();
    return std::exchange(got_, {});
  }

  outbox box;
  bool holds = false;  // takes nothing

 private:
  void filled() override {
    for (; !holds && !box.messages().empty(); box.pop())
      got_.emplace_back(box.messages().front().bytes());
  }

  asio::io_context& io_;
  texts got_;
};

class HubTest : public ::testing::Test {
 protected:
  static std::string text(const hub& of, const std::string& topic, const std::string& payload,
                          int number) {
    std::ostringstream event;
    event << R"({"topic":")" << topic << R"(","payload":)" << payload << R"(,"id":")" << of.epoch()
          << ":" << number << R"("})";
    return event.str();
  }
  std::string text(const std::string& topic, int number) const {
    return text(center, topic, std::to_string(number), number);
  }
  /// The payload is the number.
  hub::receipt publish(const std::string& topic) {
    return center.publish(topic, std::to_string(++published));
  }
  /// All the pages.
  texts replayed(const std::vector<std::string>& patterns, std::uint64_t after,
                 std::uint64_t last = 0) {
    history::replay replay(center.past(), patterns, after, last);
    texts all;
    for (bool is_last = false; !is_last;) {
      const auto page = replay.next();
      for (const auto& event : page.events) all.push_back(*event);
      is_last = page.is_last;
    }
    return all;
  }
  /// The next page, which is to have one event: its number, and before it a `!` where some that
  /// were to come before it are gone.
  static std::string next_of(history::replay& replay) {
    std::string before = replay.lost_some() ? "!" : "";
    const auto page = replay.next();
    if (page.events.empty()) return before;
    const auto& event = *page.events.at(0);
    return before + event.substr(event.rfind(':') + 1, event.rfind('"') - event.rfind(':') - 1);
  }

  asio::io_context io{1};
  options limits;
  metrics counts;
  hub center{io.get_executor(), limits};
  int published = 0;
};

TEST_F(HubTest, WhoHasSubscribedGetsIt) {
  reader a(io, limits, counts);
  reader b(io, limits, counts);
  const hub::membership in_a(center, a.box, {"prices"});
  const hub::membership in_b(center, b.box, {"news", "prices"});
  EXPECT_EQ(publish("prices").subscribers, 2U);
  EXPECT_EQ(publish("news").subscribers, 1U);
  EXPECT_EQ(publish("other").subscribers, 0U);
  EXPECT_THAT(a.take(), ElementsAre(text("prices", 1)));
  EXPECT_THAT(b.take(), ElementsAre(text("prices", 1), text("news", 2)));
}

TEST_F(HubTest, ManySubscribersAreToldSomeATurn) {
  constexpr int many = 1000;
  std::list<reader> readers;
  std::list<hub::membership> in;
  for (int i = 0; i < many; ++i)
    in.emplace_back(center, readers.emplace_back(io, limits, counts).box, texts{"t"});
  bool told_all = false;
  asio::co_spawn(io, center.wake_subscribers(),
                 [&](const std::exception_ptr&) { told_all = true; });
  io.restart();
  io.poll();
  {
    reader goes(io, limits, counts);  // before it is told
    const hub::membership as_last(center, goes.box, {"t"});
    EXPECT_EQ(publish("t").subscribers, static_cast<std::size_t>(many + 1));
  }
  EXPECT_TRUE(center.has_sleepers());
  bool in_between = false;
  asio::post(io, [&] { in_between = center.has_sleepers(); });
  io.poll();
  EXPECT_TRUE(in_between) << "others have their turn before all have been told";
  EXPECT_FALSE(center.has_sleepers());
  for (auto& r : readers) EXPECT_THAT(r.take(), ElementsAre(text("t", 1)));
  center.stop();
  io.poll();
  EXPECT_TRUE(told_all);
}

TEST_F(HubTest, ThePayloadIsPassedOnAsItIs) {
  reader a(io, limits, counts);
  const hub::membership in(center, a.box, {"t"});
  const std::string payload = R"({ "big": 12345678901234567890123, "e": 1e400, "b":1,"a":1.0 })";
  center.publish("t", payload);
  EXPECT_THAT(a.take(), ElementsAre(text(center, "t", payload, 1)));
}

TEST_F(HubTest, OnceAlsoWhereTwoPatternsMatch) {
  reader a(io, limits, counts);
  const hub::membership in(center, a.box, {"*", "a.*", "a.b.*", "a.b.c"});
  EXPECT_EQ(publish("a.b.c").subscribers, 1U);
  EXPECT_THAT(a.take(), ElementsAre(text("a.b.c", 1)));
}

TEST_F(HubTest, WhoHasLeftGetsNothing) {
  reader a(io, limits, counts);
  {
    const hub::membership in(center, a.box, {"t", "*"});
  }
  EXPECT_EQ(publish("t").subscribers, 0U);
  EXPECT_THAT(a.take(), IsEmpty());
}

TEST_F(HubTest, AllGetTheSameBytes) {
  reader a(io, limits, counts);
  reader b(io, limits, counts);
  a.holds = b.holds = true;
  const hub::membership in_a(center, a.box, {"t"});
  const hub::membership in_b(center, b.box, {"*"});
  publish("t");
  EXPECT_EQ(center.past().events(), 1U);
  // 1 in the history, 2 in outboxes, 1 here.
  const std::vector<std::string> patterns{"t"};
  EXPECT_EQ(history::replay(center.past(), patterns, 0, 0).next().events.front().use_count(), 4);
}

TEST_F(HubTest, KeepsTheNewestOfEachTopic) {
  limits.history_events = 2;
  for (int i = 0; i < 3; ++i) publish("busy");
  publish("quiet");
  EXPECT_THAT(replayed({"*"}, 0), ElementsAre(text("busy", 2), text("busy", 3), text("quiet", 4)));
  EXPECT_THAT(replayed({"busy"}, 2), ElementsAre(text("busy", 3)));
  EXPECT_TRUE(center.past().has_gap({"busy"}, 0));
  EXPECT_FALSE(center.past().has_gap({"busy"}, 1));
  EXPECT_FALSE(center.past().has_gap({"quiet"}, 0));
  EXPECT_TRUE(center.past().has_gap({"*"}, 0));
}

TEST_F(HubTest, GivesTheNewestOfEachTopic) {
  for (const char* topic : {"a", "b", "a", "a", "b"}) publish(topic);
  EXPECT_THAT(replayed({"a", "b"}, 0, 2),
              ElementsAre(text("b", 2), text("a", 3), text("a", 4), text("b", 5)));
}

TEST_F(HubTest, ABusyTopicDoesNotPushOutAQuietOnesLast) {
  limits.history_bytes = 4096;
  publish("quiet");
  for (int i = 0; i < 1000; ++i) publish("busy");
  EXPECT_THAT(replayed({"quiet"}, 0), ElementsAre(text("quiet", 1)));
  EXPECT_LE(center.past().bytes(), limits.history_bytes);
  EXPECT_GE(center.past().events(), 10U);
  EXPECT_THAT(replayed({"busy"}, 1000), ElementsAre(text("busy", 1001)));
}

TEST_F(HubTest, ManyTopicsStayBelowTheLimitOfBytes) {
  limits.history_bytes = 4096;
  for (int i = 0; i < 1000; ++i) publish(std::string("t").append(std::to_string(i)));
  EXPECT_LE(center.past().bytes(), limits.history_bytes);
  EXPECT_THAT(replayed({"t999"}, 0), ElementsAre(text("t999", 1000)));
  EXPECT_EQ(center.past().topics(), center.past().events());
}

TEST_F(HubTest, AnEventThatIsLargerThanTheHistoryIsNotKept) {
  limits.history_bytes = 100;
  EXPECT_EQ(publish("t").id.number, 1U);
  EXPECT_EQ(center.past().events(), 0U);
  EXPECT_EQ(center.past().bytes(), 0U);
  EXPECT_TRUE(center.past().has_gap({"t"}, 0));
}

TEST_F(HubTest, WhatIsTooOldGoesAndItsTopicIsForgotten) {
  limits.history_age = 1min;
  publish("t");
  center.expire(steady_clock::now() + 30s);
  EXPECT_EQ(center.past().topics(), 1U);
  center.expire(steady_clock::now() + 61s);
  EXPECT_EQ(center.past().topics(), 0U);
  EXPECT_EQ(center.past().bytes(), 0U);
  EXPECT_TRUE(center.past().has_gap({"t"}, 0));
  EXPECT_FALSE(center.past().has_gap({"t"}, 1));
  publish("t");
  EXPECT_TRUE(center.past().has_gap({"t"}, 0)) << "also where the topic is back";
  EXPECT_FALSE(center.past().has_gap({"t"}, 1));
}

TEST_F(HubTest, ThereIsRoomForSoManyTopics) {
  limits.max_topics_total = 2;
  publish("a");
  EXPECT_TRUE(center.past().has_room_for({"a", "b"}));
  EXPECT_FALSE(center.past().has_room_for({"a", "b", "c"}));
  publish("b");
  EXPECT_FALSE(center.past().has_room_for({"c"}));
  EXPECT_TRUE(center.past().has_room_for({"a"}));
}

TEST_F(HubTest, RoomThatIsPromisedIsKept) {
  limits.max_topics_total = 2;
  limits.history_age = 1min;
  center.past().promise_room_for({"a", "b"});
  center.past().promise_room_for({"b"});
  EXPECT_FALSE(center.past().has_room_for({"c"}));
  publish("a");
  center.past().forget_promise({"a", "b"});
  EXPECT_FALSE(center.past().has_room_for({"c"})) << "b is promised to another still";
  publish("b");
  center.expire(steady_clock::now() + 2min);
  EXPECT_FALSE(center.past().has_room_for({"c", "d"}));
  EXPECT_TRUE(center.past().has_room_for({"c"}));
  center.past().forget_promise({"b"});
  EXPECT_TRUE(center.past().has_room_for({"c", "d"}));
  EXPECT_TRUE(center.past().has_gap({"b"}, 1));
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
    return center.replay(asked).next().events.size();
  };
  EXPECT_EQ(events_after(center.epoch(), 3), 1U);
  EXPECT_EQ(events_after("another", 3), 2U) << "all there is";
  EXPECT_EQ(events_after(center.epoch(), 5), 2U);
}

TEST_F(HubTest, APatternMayHaveAGapOnOneOfManyTopics) {
  limits.history_events = 1;
  for (const char* topic : {"a", "a.", "a.b", "a.c", "a.c", "a.d", "b"}) publish(topic);
  EXPECT_TRUE(center.past().has_gap({"a.*"}, 3));
  EXPECT_FALSE(center.past().has_gap({"a.*"}, 4));
  EXPECT_FALSE(center.past().has_gap({"a", "a.b", "a.d", "b", "b.*", "c"}, 0));
}

TEST_F(HubTest, LongReplaysComeInPages) {
  limits.history_events = 5000;
  for (int i = 0; i < 2500; ++i) publish("t");
  const std::vector<std::string> patterns{"t"};
  const auto page = history::replay(center.past(), patterns, 0, 0).next();
  EXPECT_FALSE(page.is_last);
  EXPECT_LT(page.events.size(), 2500U);
  EXPECT_EQ(replayed({"t"}, 0).size(), 2500U);
}

TEST_F(HubTest, TheNewestAreThoseThatWereThereWhenItBegan) {
  limits.max_queue_bytes = 1;  // a page has one event
  for (int i = 0; i < 3; ++i) publish("t");
  const std::vector<std::string> patterns{"t"};
  history::replay replay(center.past(), patterns, 0, 2);
  EXPECT_EQ(next_of(replay), "2");
  for (int i = 0; i < 5; ++i) publish("t");
  for (const char* due : {"3", "4", "5", "6", "7", "8"}) EXPECT_EQ(next_of(replay), due);
  EXPECT_TRUE(replay.next().is_last);
}

TEST_F(HubTest, WhatIsDroppedBeforeItsTurnIsSaidEachTime) {
  limits.max_queue_bytes = 1;
  limits.history_events = 3;
  for (int i = 0; i < 3; ++i) publish("t");
  const std::vector<std::string> patterns{"t"};
  history::replay all(center.past(), patterns, 0, 0);
  history::replay newest(center.past(), patterns, 0, 1);
  EXPECT_EQ(next_of(all), "1");
  publish("t");  // 1 goes
  publish("t");  // 2
  EXPECT_EQ(next_of(all), "!3");
  EXPECT_EQ(next_of(newest), "3") << "1 and 2 it did not want";
  publish("other");
  for (int i = 0; i < 3; ++i) publish("t");  // 3, 4 and 5
  EXPECT_EQ(next_of(newest), "!7");
  EXPECT_EQ(next_of(all), "!7");
  EXPECT_EQ(next_of(all), "8");
  EXPECT_EQ(next_of(all), "9");
  EXPECT_EQ(next_of(all), "");
}

/// Thousands of random steps, each compared with the plainest thing that does the same.
TEST_F(HubTest, DoesWhatAPlainModelDoes) {
  struct known_event {
    std::string topic;
    std::string text;
  };
  struct known_peer {
    known_peer(asio::io_context& io, const options& o, metrics& m) : peer(io, o, m) {}
    reader peer;
    std::vector<std::string> patterns;
    texts due;
    std::optional<hub::membership> in;
  };
  const texts topics{"a", "a.b", "a.b.c", "b", "b.a", "c"};
  const texts patterns{"a", "a.b", "a.b.c", "b", "c", "*", "a.*", "a.b.*", "b.*"};
  limits.history_events = 5;
  std::mt19937 chance{20261123};  // NOLINT(cert-msc51-cpp): the same steps each time
  const auto roll = [&chance](std::size_t sides) { return chance() % sides; };
  std::vector<known_event> past;  // the one numbered n is past[n - 1]
  std::list<known_peer> peers;

  const auto wants = [](const texts& of, const std::string& topic) {
    return std::ranges::any_of(of, [&](const auto& p) { return matches(p, topic); });
  };
  /// Whether there are at most `most` events of its topic from this one on.
  const auto is_among_newest = [&](std::size_t index, std::size_t most) {
    std::size_t newer = 0;
    for (std::size_t i = index; i < past.size(); ++i) newer += past[i].topic == past[index].topic;
    return newer <= most;
  };

  for (int step = 0; step < 5000; ++step) {
    switch (roll(8)) {
      case 0: {  // one comes
        auto& p = peers.emplace_back(io, limits, counts);
        p.patterns.push_back(patterns[roll(patterns.size())]);
        while (roll(2) == 0 && p.patterns.size() < 4)
          p.patterns.push_back(patterns[roll(patterns.size())]);
        std::ranges::sort(p.patterns);
        p.patterns.erase(std::ranges::unique(p.patterns).begin(), p.patterns.end());
        p.in.emplace(center, p.peer.box, p.patterns);
        break;
      }
      case 1: {  // one goes
        if (peers.empty()) break;
        auto gone = std::next(peers.begin(), static_cast<std::ptrdiff_t>(roll(peers.size())));
        ASSERT_EQ(gone->peer.take(), gone->due);
        peers.erase(gone);
        break;
      }
      case 2: {  // one asks what it missed
        const texts of{patterns[roll(patterns.size())], patterns[roll(patterns.size())]};
        const auto since = roll(past.size() + 1);
        const auto last = roll(2) == 0 ? 0 : 1 + roll(4);
        texts due;
        bool gap = false;
        for (std::size_t i = since; i < past.size(); ++i) {
          if (!wants(of, past[i].topic)) continue;
          if (!is_among_newest(i, limits.history_events))
            gap = true;
          else if (last == 0 || is_among_newest(i, last))
            due.push_back(past[i].text);
        }
        ASSERT_EQ(replayed(of, since, last), due);
        ASSERT_EQ(center.past().has_gap(of, since), gap);
        break;
      }
      default: {
        const auto& topic = topics[roll(topics.size())];
        const auto got = publish(topic);
        ASSERT_EQ(got.id.number, past.size() + 1);
        past.push_back({topic, text(topic, published)});
        std::size_t due_to = 0;
        for (auto& p : peers) {
          if (!wants(p.patterns, topic)) continue;
          p.due.push_back(past.back().text);
          ++due_to;
        }
        ASSERT_EQ(got.subscribers, due_to);
      }
    }
  }
  for (auto& p : peers) ASSERT_EQ(p.peer.take(), p.due);
}

}  // namespace
}  // namespace ws_demo
