#include "ws_demo/outbox.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

namespace ws_demo {
namespace {

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
  static task<void> wait_drained(outbox& box, bool& done) {
    co_await box.drained();
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

  asio::io_context io{1};
  outbox box{io.get_executor()};
  writer w;
  bool drained = false;
};

TEST_F(OutboxTest, GivesMessagesInOrder) {
  EXPECT_EQ(box.push({"a"}), 1U);
  EXPECT_EQ(box.push({"b", false}), 2U);
  spawn(take(box, w));
  ASSERT_TRUE(w.done);
  EXPECT_EQ(w.got->bytes, "a");
  box.pop();
  EXPECT_EQ(box.sent(), 1U);
  w = {};
  spawn(take(box, w));
  ASSERT_TRUE(w.done);
  EXPECT_EQ(w.got->bytes, "b");
  EXPECT_FALSE(w.got->is_text);
}

TEST_F(OutboxTest, WakesTheWriterThatWaits) {
  spawn(take(box, w));
  EXPECT_FALSE(w.done);
  box.push({"late"});
  run();
  ASSERT_TRUE(w.done);
  EXPECT_EQ(w.got->bytes, "late");
}

TEST_F(OutboxTest, DrainedOnlyOnceAllHasBeenSent) {
  box.push({"a"});
  box.push({"b"});
  spawn(wait_drained(box, drained));
  box.pop();
  run();
  EXPECT_FALSE(drained);
  box.pop();
  run();
  EXPECT_TRUE(drained);
}

TEST_F(OutboxTest, AnEmptyOneIsDrained) {
  spawn(wait_drained(box, drained));
  EXPECT_TRUE(drained);
}

TEST_F(OutboxTest, ClosedStillGivesWhatWaits) {
  box.push({"last"});
  box.close({1001, "bye"});
  box.push({"too late"});
  spawn(take(box, w));
  ASSERT_TRUE(w.got);
  EXPECT_EQ(w.got->bytes, "last");
  box.pop();
  w = {};
  spawn(take(box, w));
  EXPECT_TRUE(w.done);
  EXPECT_EQ(w.got, nullptr);
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
  box.push({"lost"});
  spawn(wait_drained(box, drained));
  box.abandon();
  run();
  EXPECT_TRUE(drained);
  spawn(take(box, w));
  EXPECT_TRUE(w.done);
  EXPECT_EQ(w.got, nullptr);
}

}  // namespace
}  // namespace ws_demo
