#include "events/nats/publish_window.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <vector>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using fate = publish_window::fate;

class PublishWindow : public ::testing::Test {
 protected:
  void add(std::uint64_t ticket) {
    publish_window::publication_list one;
    one.push_back(std::make_shared<const publish_window::publication>(
        ticket, "s.t", "1", "key-" + std::to_string(ticket)));
    window.add(one);
  }
  /// Tickets of what is to be sent now.
  std::vector<std::uint64_t> due() {
    std::vector<std::uint64_t> tickets;
    for (const auto& p : window.take_due(now, now + 1min)) tickets.push_back(p->ticket);
    return tickets;
  }

  static constexpr publish_window::refusal none{0, 0};
  steady_clock::time_point now = steady_clock::now();
  publish_window window{3};
};

TEST_F(PublishWindow, SoManyAreUnderWayAtOnceInOrder) {
  for (std::uint64_t ticket = 1; ticket <= 5; ++ticket) add(ticket);
  EXPECT_LE(window.next_due(), now);
  EXPECT_THAT(due(), ElementsAre(1U, 2U, 3U));
  EXPECT_THAT(due(), IsEmpty());
  EXPECT_EQ(window.answered(2), 0);
  EXPECT_FALSE(window.answered(2));
  EXPECT_THAT(due(), ElementsAre(4U));
  for (const std::uint64_t ticket : {1U, 3U, 4U}) window.answered(ticket);
  EXPECT_THAT(due(), ElementsAre(5U));
  EXPECT_FALSE(window.is_empty());
  window.answered(5);
  EXPECT_TRUE(window.is_empty());
}

TEST_F(PublishWindow, WhatIsNotAnsweredIsSentAgainWhileItsKeyIsKnown) {
  add(1);
  EXPECT_THAT(due(), ElementsAre(1U));
  EXPECT_GT(window.next_due(), now);
  now = window.next_due();
  EXPECT_THAT(due(), ElementsAre(1U));
  now = window.next_due();
  EXPECT_THAT(due(), ElementsAre(1U));
  now += 2min;
  EXPECT_THAT(due(), IsEmpty());
  EXPECT_EQ(window.withdraw(1), fate::in_doubt);
}

TEST_F(PublishWindow, ANewConnectionSendsAllAgain) {
  for (std::uint64_t ticket = 1; ticket <= 4; ++ticket) add(ticket);
  due();
  window.answered(2);
  now += 1ms;
  window.send_again(now);
  EXPECT_THAT(due(), ElementsAre(1U, 3U, 4U));
}

TEST_F(PublishWindow, OfASubjectThatIsRefusedTheFirstThatWasSentIsMeant) {
  for (std::uint64_t ticket = 1; ticket <= 2; ++ticket) add(ticket);
  EXPECT_FALSE(window.refused("s.t"));  // nothing has been sent
  due();
  EXPECT_FALSE(window.refused("s.u"));
  EXPECT_EQ(window.refused("s.t").value_or(none).ticket, 1U);
  EXPECT_EQ(window.refused("s.t").value_or(none).ticket, 2U);
  EXPECT_FALSE(window.refused("s.t"));
  EXPECT_TRUE(window.is_empty());
}

TEST_F(PublishWindow, WhatIsRefusedHadAttemptsOverOtherConnections) {
  add(1);
  due();
  window.send_again(now);
  EXPECT_FALSE(window.refused("s.t"));  // over this connection nothing has been sent
  due();
  EXPECT_EQ(window.refused("s.t").value_or(none).others, 1);
}

TEST_F(PublishWindow, WhatNobodyReceivedIsSentAgainSoon) {
  add(1);
  due();
  const auto otherwise = window.next_due();
  window.retry(1, true, now);
  EXPECT_LT(window.next_due(), otherwise);
  now = window.next_due();
  EXPECT_THAT(due(), ElementsAre(1U));
  window.retry(1, false, now);
  now = window.next_due();
  EXPECT_THAT(due(), ElementsAre(1U));
  EXPECT_EQ(window.answered(1), 1) << "something may still come of the attempt before";
}

TEST_F(PublishWindow, TellsWhatIsKnownOfWhatIsWithdrawn) {
  for (std::uint64_t ticket = 1; ticket <= 5; ++ticket) add(ticket);
  due();
  window.answered(1);
  window.retry(2, true, now);
  EXPECT_EQ(window.withdraw(1), fate::answered);
  EXPECT_EQ(window.withdraw(2), fate::not_stored);
  EXPECT_EQ(window.withdraw(3), fate::in_doubt);
  EXPECT_EQ(window.withdraw(5), fate::not_stored) << "never sent";
  EXPECT_EQ(window.withdraw(5), fate::answered);
  EXPECT_THAT(due(), ElementsAre(4U));
}

}  // namespace
}  // namespace ws_demo
