#include "net/listener.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <list>
#include <utility>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

class ListenerTest : public ::testing::Test {
 protected:
  ListenerTest() {
    on_port.adopt(::dup(shared.native_handle()));
    asio::co_spawn(io, on_port.accept([this](stream_socket s, const remote_end&) {
      accepted.push_back(std::move(s));
    }),
                   asio::detached);
    io.poll();
  }

  asio::io_context io{1};
  options limits;
  tcp::acceptor shared{io, {asio::ip::address_v4::loopback(), 0}};  // as with another process
  listener on_port{io, limits};
  std::list<stream_socket> accepted;
};

TEST_F(ListenerTest, ThoseThatWaitAreAcceptedTogether) {
  std::list<tcp::socket> clients;
  for (int i = 0; i < 20; ++i) clients.emplace_back(io).connect(on_port.endpoint());
  io.restart();
  while (accepted.empty() && io.run_one_for(10s) > 0) {
  }
  EXPECT_EQ(accepted.size(), 20U);
}

TEST_F(ListenerTest, ASocketThatAcceptsNothingMoreIsTriedNowAndThen) {
  ASSERT_EQ(::shutdown(shared.native_handle(), SHUT_RDWR), 0);
  io.restart();
  EXPECT_LT(io.run_for(300ms), 100U) << "handlers";
  on_port.close();
  io.restart();
  io.run();  // it has ended
}

}  // namespace
}  // namespace ws_demo
