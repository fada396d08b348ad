#include "net/write_watch.hpp"

#include "connected.hpp"
#include "net/tcp_traffic.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <string>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

class WriteWatchTest : public ::testing::Test {
 protected:
  static constexpr auto timeout = 10s;
  static constexpr int receive_buffer_bytes = 4096;

  int socket() { return tcp.link->native_handle(); }
  bool is_stuck_after(std::chrono::milliseconds passed) {
    return watch.is_stuck(socket(), began + passed, timeout);
  }
  void fill() {
    tcp.fill();
    watch.wrote(1);
  }
  /// Takes that much, as it comes.
  void take(std::size_t size) {
    std::string bytes(size, '\0');
    asio::read(tcp.peer, asio::buffer(bytes));
  }

  asio::io_context io{1};
  testing::connected tcp{io, {}, receive_buffer_bytes};
  write_watch watch{/*is_unix=*/false};
  const steady_clock::time_point began = steady_clock::now();
};

// NOLINTBEGIN(bugprone-unchecked-optional-access): the peer is connected

TEST_F(WriteWatchTest, APeerWithNothingToTakeIsNotStuck) {
  EXPECT_FALSE(is_stuck_after(0s));
  EXPECT_FALSE(is_stuck_after(1h));
}

TEST_F(WriteWatchTest, APeerThatHasTakenAllIsNotStuck) {
  const std::string text = "hello";
  tcp.link->try_send(asio::buffer(text));
  watch.wrote(text.size());
  take(text.size());
  tcp.wait_until([&] { return unacknowledged_bytes(socket()) == 0; });
  EXPECT_FALSE(is_stuck_after(0s));
  EXPECT_FALSE(is_stuck_after(1h));
}

TEST_F(WriteWatchTest, APeerThatTakesNothingIsStuckWhenTheTimeIsOver) {
  fill();
  EXPECT_FALSE(is_stuck_after(0s));
  EXPECT_FALSE(is_stuck_after(timeout / 2));
  EXPECT_FALSE(is_stuck_after(timeout - 1ms));
  EXPECT_TRUE(is_stuck_after(timeout));
}

/// That it had been taking something before makes no difference.
TEST_F(WriteWatchTest, TheTimeBeginsWhenSomethingWaits) {
  const std::string text = "hello";
  tcp.link->try_send(asio::buffer(text));
  watch.wrote(text.size());
  EXPECT_FALSE(is_stuck_after(0s));
  take(text.size());
  EXPECT_FALSE(is_stuck_after(5s));
  fill();
  EXPECT_FALSE(is_stuck_after(1h));
  EXPECT_FALSE(is_stuck_after(1h + timeout - 1ms));
  EXPECT_TRUE(is_stuck_after(1h + timeout));
}

TEST_F(WriteWatchTest, APeerThatTakesALittleIsNotStuck) {
  fill();
  for (int times = 0; times < 5; ++times) {
    EXPECT_FALSE(is_stuck_after(times * timeout));
    take(receive_buffer_bytes);
    const auto taken = traffic_of(socket())->acknowledged_bytes;
    tcp.wait_until([&] { return traffic_of(socket())->acknowledged_bytes != taken; });
  }
}

/// The kernel does not fill a window that has opened in part before its next probe, which may be
/// seconds away.
TEST_F(WriteWatchTest, APeerThatHasRoomIsNotStuckWhileTheKernelWaits) {
  fill();
  EXPECT_FALSE(is_stuck_after(0s));
  while (!traffic_of(socket())->has_room) take(64);
  EXPECT_FALSE(is_stuck_after(timeout));
}
// NOLINTEND(bugprone-unchecked-optional-access)

}  // namespace
}  // namespace ws_demo
