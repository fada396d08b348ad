#include "ws_demo/subscriber.hpp"

#include "deadline.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace ws_demo {
namespace {

using testing::run_until;

class SubscriberTest : public ::testing::Test {
 protected:
  SubscriberTest() {
    limits.interval = {};
    tcp_acceptor listening(io.get_executor(), {asio::ip::address_v4::loopback(), 0});
    client.connect(listening.local_endpoint());
    tcp::endpoint address;
    auto accepted = listening.accept(address);
    link = std::make_unique<connection>(std::move(accepted), address, limits, false);
  }

  /// What the client reads.
  std::string read(std::size_t size) {
    std::string got(size, '\0');
    bool done = false;
    asio::async_read(client, asio::buffer(got), [&](error_code, std::size_t) { done = true; });
    run_until(io, [&] { return done; });
    return got;
  }

  asio::io_context io{1};
  options limits;
  metrics counts;
  sources from{io.get_executor(), limits, counts};
  asio::ip::tcp::socket client{io};
  std::unique_ptr<connection> link;
};

TEST_F(SubscriberTest, WhoHasToLeaveBeforeItStartsIsGreetedFirst) {
  link->set_idle(false);
  link->leave({1001, "stop"});
  subscriber s(*link, limits, counts, {}, connection::manner::answers, websocket_frame);
  s.box.push_handshake("hello");
  s.start(from);
  const std::string all = "hello\x88\x06\x03\xe9stop";
  EXPECT_EQ(read(all.size()), all);
}

}  // namespace
}  // namespace ws_demo
