#include "delivery/frame_writer.hpp"

#include "common/memory_budget.hpp"
#include "deadline.hpp"
#include "websocket/frame.hpp"

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
using testing::any_time;
using testing::run_until;

class FrameWriterTest : public ::testing::Test, protected send_queue::consumer {
 protected:
  FrameWriterTest() {
    limits.max_unsent_bytes = 123456;
    limits.max_queue_bytes = std::size_t{64} << 20;
    asio::basic_socket_acceptor<tcp, executor> listening(io, {asio::ip::address_v4::loopback(), 0});
    connection::prepare(listening.native_handle(), limits);
    peer.connect(listening.local_endpoint());
    tcp::endpoint from;
    stream_socket accepted(listening.accept(from));
    handle = accepted.native_handle();
    link = std::make_unique<connection>(std::move(accepted),
                                        remote_end{from.address(), from.port()}, limits, memory);
    out = std::make_unique<frame_writer>(*link, queue, websocket_frame);
  }

  void on_readable() noexcept override {
    if (out) out->write();
  }

  void push(const std::string& text) { queue.push_event(make_event(text), any_time); }

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
  round_robin turns{io.get_executor()};
  memory_budget memory{std::size_t{1} << 30};
  message_pool pool{turns, memory};
  send_queue queue{*this, limits, counts, pool};
  std::unique_ptr<connection> link;
  std::unique_ptr<frame_writer> out;
};

TEST_F(FrameWriterTest, SendsAtOnce) {
  push("hello");
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(read(7), "\x81\x05hello");
}

TEST_F(FrameWriterTest, SendsWhatWaitsInOrder) {
  for (int i = 0; i < 100; ++i) queue.push_echo(std::to_string(i % 10), true);
  queue.flush();
  EXPECT_TRUE(queue.empty());
  std::string all;
  for (int i = 0; i < 100; ++i) all += "\x81\x01" + std::to_string(i % 10);
  EXPECT_EQ(read(all.size()), all);
}

TEST_F(FrameWriterTest, GoesOnWhereItStoppedWhenTheSocketTakesMore) {
  std::string all;
  for (char c = 'a'; c < 'q'; ++c) {  // far more than both sockets hold
    const std::string text(std::size_t{1} << 20, c);
    all += std::string("\x81\x7f\x00\x00\x00\x00\x00\x10\x00\x00", 10) + text;
    push(text);
  }
  EXPECT_FALSE(queue.empty());
  EXPECT_TRUE(read(all.size()) == all) << "other bytes";
  EXPECT_TRUE(queue.empty());
}

TEST_F(FrameWriterTest, WhoSaysNothingMoreStillGetsAll) {
  constexpr std::size_t size = std::size_t{1} << 20;
  const std::string text(size, 'x');
  std::size_t all = 0;
  for (; queue.size() < 3; all += 10 + size) push(text);
  queue.close_from_peer({boost::beast::websocket::close_code::abnormal, "end of file"});
  EXPECT_EQ(read(all).size(), all);
}

TEST_F(FrameWriterTest, GoesOnInTheNextTurnWhereNothingMoreIsEncodedInThisOne) {
  int left = 2;
  out->set_framing([&](const message& m) {
    frame f = websocket_frame(m);
    f.is_ready = left-- > 0;
    return f;
  });
  for (const char* text : {"1", "2", "3"}) queue.push_echo(text, true);
  queue.flush();
  EXPECT_EQ(queue.size(), 1U);
  left = 1;
  EXPECT_EQ(read(9),
            "\x81\x01"
            "1"
            "\x81\x01"
            "2"
            "\x81\x01"
            "3");
}

TEST_F(FrameWriterTest, WithoutMemoryOneFailsAndNotAll) {
  out->set_framing([](const message&) -> frame { throw std::bad_alloc(); });
  push("hello");
  EXPECT_TRUE(queue.aborted());
  EXPECT_TRUE(queue.closed());
}

TEST_F(FrameWriterTest, AFailureEndsTheConnection) {
  peer.set_option(asio::socket_base::linger(true, 0));
  peer.close();
  const std::string text{"hello"};
  EXPECT_TRUE(run_until(io, [&] {
    push(text);
    return queue.aborted();
  }));
  EXPECT_EQ(queue.closed().value_or(close_reason{}).code,
            boost::beast::websocket::close_code::abnormal);
}

TEST_F(FrameWriterTest, AFailureIsNoticedAlsoWhileItWaits) {
  const std::string text(std::size_t{1} << 20, 'x');
  while (queue.size() < 3) push(text);
  queue.close({boost::beast::websocket::close_code::policy_error, "too slow"});
  peer.set_option(asio::socket_base::linger(true, 0));
  peer.close();
  EXPECT_TRUE(run_until(io, [&] { return queue.aborted(); }));
  EXPECT_EQ(queue.closed().value_or(close_reason{}).code,
            boost::beast::websocket::close_code::policy_error);
}

TEST_F(FrameWriterTest, AFailureEndsWhatElseIsUnderWay) {
  error_code reading_ended;
  link->async_wait_readable([&](error_code ec) { reading_ended = ec; });
  ::shutdown(handle, SHUT_WR);  // reading could go on
  push("hello");
  EXPECT_TRUE(run_until(io, [&] { return reading_ended.failed(); }));
}

TEST_F(FrameWriterTest, MayGoWhileItWaits) {
  const std::string text(std::size_t{1} << 20, 'x');
  while (queue.size() < 3) push(text);
  out.reset();
  link.reset();
  io.restart();
  io.run_for(100ms);
}

TEST_F(FrameWriterTest, WhatIsAcceptedInheritsItsLimitAndSendsAtOnce) {
  EXPECT_EQ(option(IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_NOTSENT_LOWAT), 123456);
}

}  // namespace
}  // namespace ws_demo
