// What a log may tell the hub while it runs: it is another one, it lacks events, others have it
// too.

#include "hub_test.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace ws_demo {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::texts;

class HubLogTest : public testing::hub_test {
 protected:
  HubLogTest() {
    while (center.discard_some()) {
    }
  }
  void take(std::uint64_t number, const std::string& topic = "t") {
    center.take({number, topic, std::to_string(number), std::chrono::system_clock::now()});
  }
  std::string gap(const std::string& reason, int number) const {
    return gap_event_text(reason, center.epoch() + ":" + std::to_string(number));
  }
  std::string end(int number) const {
    return recovered_event_text(0, center.epoch() + ":" + std::to_string(number));
  }
  subscription since(std::uint64_t number) const {
    return {
        .patterns = {"t"}, .random = false, .since = event_id{center.epoch(), number}, .last = 0};
  }
};

TEST_F(HubLogTest, AllAreToldOfAnotherLogOnce) {
  testing::sink a(io);
  testing::sink b(io);
  testing::sink random(io);
  const hub::membership in_a(center, a, {"t", "*"});
  const hub::membership in_b(center, b, {"random", "other"});
  const hub::membership in_random(center, random, {"random"});
  for (int i = 0; i < 3; ++i) publish("t");
  a.take();
  while (center.discard_some()) {
  }
  center.begin("another", 0);
  EXPECT_EQ(center.position(), (event_id{"another", 0}));
  const auto began_anew = gap("the event log began anew since", 0);
  EXPECT_THAT(a.take(), ElementsAre(began_anew, end(0)));
  EXPECT_THAT(b.take(), ElementsAre(began_anew, end(0)));
  EXPECT_THAT(random.take(), IsEmpty());
  take(1);
  take(2, "random");
  EXPECT_THAT(a.take(), ElementsAre(text("t", 1), text("random", 2)));
  EXPECT_THAT(b.take(), ElementsAre(text("random", 2)));
  EXPECT_THAT(random.take(), ElementsAre(text("random", 2)));
}

TEST_F(HubLogTest, AnotherLogHasNothingOfTheOneBefore) {
  publish("t");
  publish("a.b");
  const auto reserved = center.past().reserve("t");
  while (center.discard_some()) {
  }
  EXPECT_TRUE(center.past().has_gap({"t"}, 0));
  center.begin("another", 0);
  EXPECT_FALSE(center.past().has_gap({"t", "a.b", "a.*", "*"}, 0));
  EXPECT_THAT(replayed({"*"}, 0), IsEmpty());
  take(1);
  EXPECT_THAT(replayed({"*"}, 0), ElementsAre(text("t", 1)));
  EXPECT_EQ(center.gap_before(since(0)), "");
}

TEST_F(HubLogTest, WhoLacksEventsThatNeverCameIsToldOfAGap) {
  testing::sink live(io);
  testing::sink ahead(io);
  const hub::membership in_live(center, live, {"t"});
  const hub::membership in_ahead(center, ahead, {"t"}, 7);
  take(2);
  center.gone({}, 5);
  EXPECT_THAT(
      live.take(),
      ElementsAre(text("t", 2), gap("the log did not reach back to what followed", 5), end(5)));
  EXPECT_THAT(ahead.take(), IsEmpty());
  EXPECT_EQ(center.position().number, 5U);
  center.gone({}, 4);
  EXPECT_THAT(live.take(), IsEmpty());
  for (const int number : {6, 7, 8}) take(static_cast<std::uint64_t>(number));
  EXPECT_THAT(live.take(), ElementsAre(text("t", 6), text("t", 7), text("t", 8)));
  EXPECT_THAT(ahead.take(), ElementsAre(text("t", 8)));
  EXPECT_NE(center.gap_before(since(4)), "");
  EXPECT_EQ(center.gap_before(since(5)), "");
}

TEST_F(HubLogTest, OthersMayKnowMoreOfASharedLog) {
  take(1);
  EXPECT_NE(center.gap_before(since(3)), "");
  center.set_shared(true);
  EXPECT_EQ(center.gap_before(since(3)), "");
  const auto wanted = since(3);
  auto missed = center.replay_for(wanted);
  EXPECT_EQ(missed.position(), 3U);
  take(2);
  take(3);
  EXPECT_TRUE(missed.next(page_bytes, 0).events.empty());
  EXPECT_EQ(missed.position(), 3U);
}

}  // namespace
}  // namespace ws_demo
