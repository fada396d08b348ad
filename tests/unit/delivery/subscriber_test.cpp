#include "delivery/subscriber.hpp"

#include "deadline.hpp"
#include "websocket/frame.hpp"

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
    link = std::make_unique<connection>(std::move(accepted), address, false);
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
  hub events{io.get_executor(), limits};
  ticker ticks{io.get_executor(), limits, counts};
  round_robin replays{io.get_executor()};
  delivery_context context{limits, counts, events, ticks, replays};
  asio::ip::tcp::socket client{io};
  std::unique_ptr<connection> link;
};

TEST_F(SubscriberTest, AShutDownBeforeItStartsComesBehindTheHandshake) {
  link->set_idle(false);
  link->shut_down();
  subscriber s(*link, context, {}, keep_alive::liveness::answers, websocket_frame);
  s.queue.push_handshake("hello");
  s.start();
  s.queue.flush();
  const std::string all = "hello\x88\x19\x03\xe9server is shutting down";
  EXPECT_EQ(read(all.size()), all);
}

}  // namespace
}  // namespace ws_demo
