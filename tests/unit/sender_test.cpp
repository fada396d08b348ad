#include "ws_demo/sender.hpp"

#include "deadline.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <utility>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;
using testing::run_until;

const steady_clock::time_point now = steady_clock::now();

class SenderTest : public ::testing::Test, protected outbox::reader {
 protected:
  SenderTest() {
    limits.write_timeout = 1234ms;
    limits.max_queue_bytes = std::size_t{64} << 20;
    tcp_acceptor listening(io.get_executor(), {asio::ip::address_v4::loopback(), 0});
    connection::prepare(listening.native_handle(), limits);
    peer.connect(listening.local_endpoint());
    tcp::endpoint from;
    auto accepted = listening.accept(from);
    handle = accepted.native_handle();
    link = std::make_unique<connection>(std::move(accepted), from, limits, false);
    out = std::make_unique<sender>(*link, box, websocket_frame);
  }

  void filled() override { out->send(); }

  void push(const shared_text& text) { box.push_event(text, now); }

  int option(int level, int name) const {
    int value = -1;
    socklen_t size = sizeof value;
    ::getsockopt(handle, level, name, &value, &size);
    return value;
  }

  /// Reads that much, while the server goes on.
  std::string read(std::size_t size) {
    std::string got(size, '\0');
    bool done = false;
    asio::async_read(peer, asio::buffer(got), [&](error_code, std::size_t read) {
      got.resize(read);
      done = true;
    });
    run_until(io, [&] { return done; });
    return got;
  }

  asio::io_context io{1};
  options limits;
  metrics counts;
  asio::ip::tcp::socket peer{io};
  int handle = -1;
  outbox box{*this, io.get_executor(), limits, counts};
  std::unique_ptr<connection> link;
  std::unique_ptr<sender> out;
};

TEST_F(SenderTest, SendsAtOnce) {
  push(std::make_shared<const std::string>("hello"));
  EXPECT_TRUE(box.messages().empty());
  EXPECT_EQ(read(7), "\x81\x05hello");
}

TEST_F(SenderTest, SendsWhatWaitsInOrder) {
  for (int i = 0; i < 100; ++i) box.push_echo(std::to_string(i % 10), true);
  box.flush();
  EXPECT_TRUE(box.messages().empty());
  std::string all;
  for (int i = 0; i < 100; ++i) all += "\x81\x01" + std::to_string(i % 10);
  EXPECT_EQ(read(all.size()), all);
}

TEST_F(SenderTest, GoesOnWhereItStoppedWhenTheSocketTakesMore) {
  std::string all;
  for (char c = 'a'; c < 'q'; ++c) {  // far more than both sockets hold
    const std::string text(std::size_t{1} << 20, c);
    all += std::string("\x81\x7f\x00\x00\x00\x00\x00\x10\x00\x00", 10) + text;
    push(std::make_shared<const std::string>(text));
  }
  EXPECT_FALSE(box.messages().empty());
  EXPECT_TRUE(read(all.size()) == all) << "other bytes";
  EXPECT_TRUE(box.messages().empty());
}

TEST_F(SenderTest, WhoSaysNothingMoreStillGetsAll) {
  constexpr std::size_t size = std::size_t{1} << 20;
  const auto text = std::make_shared<const std::string>(size, 'x');
  std::size_t all = 0;
  for (; box.messages().size() < 3; all += 10 + size) push(text);
  box.close_in_answer({boost::beast::websocket::close_code::abnormal, "end of file"});
  EXPECT_EQ(read(all).size(), all);
}

TEST_F(SenderTest, OthersHaveTheirTurnWhereMuchHasToBeEncoded) {
  constexpr int count = 300;
  out->frame_as([](message& m) {
    m.encoded = std::make_shared<const std::string>("x");
    frame f;
    f.body = *m.encoded;
    return f;
  });
  for (int i = 0; i < count; ++i) box.push_echo(std::string(900, 'y'), true);
  box.flush();
  EXPECT_GT(box.messages().size(), count - 40);  // of which 32 KiB are the most
  EXPECT_EQ(read(count), std::string(count, 'x'));
}

TEST_F(SenderTest, WithoutMemoryOneFailsAndNotAll) {
  out->frame_as([](message&) -> frame { throw std::bad_alloc(); });
  push(std::make_shared<const std::string>("hello"));
  EXPECT_TRUE(box.abandoned());
  EXPECT_TRUE(box.closed());
}

TEST_F(SenderTest, AFailureEndsTheConnection) {
  peer.set_option(asio::socket_base::linger(true, 0));
  peer.close();
  const auto text = std::make_shared<const std::string>("hello");
  EXPECT_TRUE(run_until(io, [&] {
    push(text);
    return box.abandoned();
  }));
  EXPECT_EQ(box.closed().value_or(close_reason{}).code,
            boost::beast::websocket::close_code::abnormal);
}

TEST_F(SenderTest, AFailureIsNoticedAlsoWhileItWaits) {
  const auto text = std::make_shared<const std::string>(std::size_t{1} << 20, 'x');
  while (box.messages().size() < 3) push(text);
  box.close({boost::beast::websocket::close_code::policy_error, "too slow"});
  peer.set_option(asio::socket_base::linger(true, 0));
  peer.close();
  EXPECT_TRUE(run_until(io, [&] { return box.abandoned(); }));
  EXPECT_EQ(box.closed().value_or(close_reason{}).code,
            boost::beast::websocket::close_code::policy_error);
}

TEST_F(SenderTest, AFailureEndsWhatElseIsUnderWay) {
  error_code reading_ended;
  link->async_wait_readable([&](error_code ec) { reading_ended = ec; });
  ::shutdown(handle, SHUT_WR);  // reading could go on
  push(std::make_shared<const std::string>("hello"));
  EXPECT_TRUE(run_until(io, [&] { return reading_ended.failed(); }));
}

TEST_F(SenderTest, MayGoWhileItWaits) {
  const auto text = std::make_shared<const std::string>(std::size_t{1} << 20, 'x');
  while (box.messages().size() < 3) push(text);
  out.reset();
  link.reset();
  io.restart();
  io.run_for(100ms);
}

TEST_F(SenderTest, WhatIsAcceptedInheritsItsTimeOutAndSendsAtOnce) {
  EXPECT_EQ(option(IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_USER_TIMEOUT), 1234);
}

}  // namespace
}  // namespace ws_demo
