#include "net/awaitable_event.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <optional>

namespace ws_demo {
namespace {

class AwaitableEventTest : public ::testing::Test {
 protected:
  task<void> wait_for(int times) {
    for (int i = 0; i < times; ++i) {
      co_await event.wait();
      ++waits_ended;
    }
  }
  void spawn_waiter(int times) {
    asio::co_spawn(io, wait_for(times), asio::detached);
    run();
  }
  void run() {
    io.restart();
    io.poll();
  }

  asio::io_context io{1};
  awaitable_event event{io.get_executor()};
  int waits_ended = 0;
};

TEST_F(AwaitableEventTest, AWaitEndsWhenItIsSet) {
  spawn_waiter(2);
  EXPECT_EQ(waits_ended, 0);
  event.set();
  EXPECT_EQ(waits_ended, 0) << "not from within set()";
  run();
  EXPECT_EQ(waits_ended, 1) << "the wait has reset it";
  event.set();
  run();
  EXPECT_EQ(waits_ended, 2);
}

TEST_F(AwaitableEventTest, StaysSetUntilSomeoneWaits) {
  event.set();
  event.set();
  spawn_waiter(2);
  EXPECT_EQ(waits_ended, 1);
}

TEST_F(AwaitableEventTest, CanResumeInPlace) {
  spawn_waiter(2);
  event.set_and_resume();
  EXPECT_EQ(waits_ended, 1);
  event.set_and_resume();
  EXPECT_EQ(waits_ended, 2);
  event.set_and_resume();
  spawn_waiter(1);
  EXPECT_EQ(waits_ended, 3) << "set where nobody waits, it stays set";
}

TEST_F(AwaitableEventTest, StoppedItHoldsNobody) {
  spawn_waiter(3);
  event.stop();
  run();
  EXPECT_EQ(waits_ended, 3);
  EXPECT_TRUE(event.stopped());
}

TEST_F(AwaitableEventTest, ACancelledWaiterEnds) {
  asio::cancellation_signal signal;
  bool ended = false;
  asio::co_spawn(
      io, wait_for(2),
      asio::bind_cancellation_slot(signal.slot(), [&](const std::exception_ptr& failure) {
        ended = true;
        EXPECT_TRUE(failure) << "operation_aborted";
      }));
  run();
  signal.emit(asio::cancellation_type::terminal);
  run();
  EXPECT_TRUE(ended);
  EXPECT_LE(waits_ended, 1);
}

TEST(AwaitableEvent, WhoStillWaitsIsDestroyedWithTheContext) {
  struct life {
    explicit life(bool& over) : over_(over) {}
    ~life() { over_ = true; }
    life(const life&) = delete;
    life& operator=(const life&) = delete;
    bool& over_;
  };
  struct waiter {
    static task<void> wait(executor on, bool& over) {
      const life l(over);
      awaitable_event never(on);  // owned by the coroutine that waits for it
      co_await never.wait();
    }
  };
  bool over = false;
  {
    asio::io_context io(1);
    asio::co_spawn(io, waiter::wait(io.get_executor(), over), asio::detached);
    io.poll();
    EXPECT_FALSE(over);
  }
  EXPECT_TRUE(over);
}

}  // namespace
}  // namespace ws_demo
