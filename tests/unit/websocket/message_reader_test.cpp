#include "websocket/message_reader.hpp"

#include "connected.hpp"
#include "delivery/message_pool.hpp"
#include "net/round_robin.hpp"
#include "raw_client.hpp"
#include "websocket/deflate.hpp"
#include "websocket/upgrade_request.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/websocket/option.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <list>
#include <string>

namespace ws_demo {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t long_bytes = std::size_t{1} << 20;
constexpr std::size_t slice_bytes = std::size_t{64} << 10;  // the first
/// Slices that these bytes are read in, at least.
constexpr int long_slices = 4;

upgrade_request handshake() {
  upgrade_request r{http::verb::get, "/", 11};
  r.set(http::field::host, "localhost");
  r.set(http::field::upgrade, "websocket");
  r.set(http::field::connection, "upgrade");
  r.set(http::field::sec_websocket_key, "dGhlIHNhbXBsZSBub25jZQ==");
  r.set(http::field::sec_websocket_version, "13");
  r.set(http::field::sec_websocket_extensions, "permessage-deflate");
  return r;
}

std::string repeated(const std::string& frame, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += frame;
  return all;
}

std::string binary(const std::string& payload) {
  return testing::encode(testing::opcode::binary, payload);
}

std::string compressed(const std::string& payload) {
  constexpr char rsv1 = 0x40;  // RFC 7692 section 6
  auto frame = binary(*deflated(payload, 15));
  frame.front() = static_cast<char>(frame.front() | rsv1);
  return frame;
}

/// The server's side of a WebSocket that nobody answers on.
struct receiver final : private send_queue::consumer {
  receiver(asio::io_context& io, round_robin& long_work, message_pool& pool)
      : tcp(io),
        done(io.get_executor()),
        queue(*this, tcp.limits, counts, pool),
        layer(*tcp.link, queue, long_work),
        reader(stream, done, long_work) {
    boost::beast::websocket::permessage_deflate enabled;
    enabled.server_enable = true;
    stream.set_option(enabled);
    bool accepted = false;
    stream.async_accept(handshake(), [&](error_code) { accepted = true; });
    testing::run_until(io, [&] { return accepted; });
    layer.set_opened();
  }
  void on_readable() noexcept override {}

  /// All of it has come before anything is read.
  void receive(const std::string& frames) {
    asio::write(tcp.peer, asio::buffer(frames));
    reader.start();
  }

  metrics counts;
  testing::connected tcp;
  awaitable_event done;
  send_queue queue;
  stream_layer layer;
  websocket_stream stream{layer};
  message_reader reader;
};

class MessageReaderTest : public ::testing::Test {
 protected:
  MessageReaderTest() { asio::co_spawn(io, long_work.run(), asio::detached); }

  receiver& add() { return all.emplace_back(io, long_work, pool); }
  bool all_done() const {
    return std::ranges::none_of(all, [](const auto& r) { return r.reader.is_reading(); });
  }
  /// Turns of the loop until all have read their message.
  int count_turns() {
    int turns = 0;
    const std::function<void()> count = [&] {
      if (all_done()) return;
      ++turns;
      asio::post(io, count);
    };
    asio::post(io, count);
    testing::run_until(io, [this] { return all_done(); });
    io.poll();
    return turns;
  }

  asio::io_context io{1};
  round_robin long_work{io.get_executor()};
  memory_budget memory{std::size_t{1} << 30};
  message_pool pool{long_work, memory};
  std::list<receiver> all;
};

TEST_F(MessageReaderTest, OfSeveralLongMessagesOneSliceIsReadInATurn) {
  constexpr int count = 10;
  for (int i = 0; i < count; ++i) add().receive(binary(std::string(long_bytes, 'x')));
  EXPECT_GE(count_turns(), count * (long_slices - 1));
  for (auto& r : all) EXPECT_EQ(r.reader.take(), std::string(long_bytes, 'x'));
}

TEST_F(MessageReaderTest, OfSeveralThatInflateOneSliceIsReadInATurn) {
  constexpr int count = 50;
  const std::string text(60'000, 'x');  // of which 80 bytes come
  for (int i = 0; i < count; ++i) add().receive(compressed(text));
  EXPECT_GE(count_turns(), count * 3);
  for (auto& r : all) EXPECT_EQ(r.reader.take(), text);
}

TEST_F(MessageReaderTest, OfSeveralFloodsOfShortFramesAFewAreReadInATurn) {
  constexpr int count = 200;
  constexpr int pings = 100;
  constexpr int most_in_a_turn = 64;
  const auto flood = repeated(testing::encode(testing::opcode::ping, ""), pings) + binary("end");
  for (int i = 0; i < count; ++i) add().receive(flood);
  EXPECT_GE(count_turns(), count * pings / most_in_a_turn);
  for (auto& r : all) EXPECT_EQ(r.reader.take(), "end");
}

TEST_F(MessageReaderTest, WhatInflatesIsChargedAlsoAfterTheMessageHasBeenRefused) {
  auto& r = add();
  const memory_charge all_there_is(&r.tcp.memory, r.tcp.memory.limit());
  r.receive(compressed(std::string(long_bytes, 'x')));
  testing::run_until(io, [&] { return all_done(); });
  EXPECT_TRUE(r.reader.has_failed());
  EXPECT_TRUE(r.stream.is_inflating());
  EXPECT_GT(r.reader.held_bytes(), 0);
}

TEST_F(MessageReaderTest, OneThatWaitsForItsTurnLearnsThatItsConnectionIsAborted) {
  auto& first = add();
  auto& second = add();
  for (auto* r : {&first, &second}) r->receive(binary(std::string(long_bytes, 'x')));
  testing::run_until(io, [&] { return first.reader.held_bytes() > 2 * slice_bytes; });
  second.queue.abort();
  testing::run_until(io, [&] { return all_done(); });
  EXPECT_TRUE(first.reader.has_message());
  EXPECT_TRUE(second.reader.has_failed());
}

TEST_F(MessageReaderTest, ShortMessagesDoNotWaitForEachOther) {
  constexpr int count = 50;
  for (int i = 0; i < count; ++i) add().receive(binary(std::string(1000, 'x')));
  EXPECT_LT(count_turns(), count);
  for (auto& r : all) EXPECT_EQ(r.reader.take(), std::string(1000, 'x'));
}

}  // namespace
}  // namespace ws_demo
