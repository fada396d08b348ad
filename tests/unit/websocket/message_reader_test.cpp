#include "websocket/message_reader.hpp"

#include "connected.hpp"
#include "delivery/message_pool.hpp"
#include "net/round_robin.hpp"
#include "raw_client.hpp"
#include "websocket/upgrade_request.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/field.hpp>
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
  return r;
}

/// The server's side of a WebSocket that nobody answers on.
struct receiver final : private send_queue::consumer {
  receiver(asio::io_context& io, round_robin& long_work, message_pool& pool)
      : tcp(io),
        done(io.get_executor()),
        queue(*this, tcp.limits, counts, pool),
        reader(stream, done, long_work) {
    bool accepted = false;
    stream.async_accept(handshake(), [&](error_code) { accepted = true; });
    testing::run_until(io, [&] { return accepted; });
    layer.set_opened();
  }
  void on_readable() noexcept override {}

  /// A message comes, all of it before anything is read.
  void send(const std::string& payload) {
    asio::write(tcp.peer, asio::buffer(testing::encode(testing::opcode::binary, payload)));
    reader.start();
  }

  metrics counts;
  testing::connected tcp;
  awaitable_event done;
  send_queue queue;
  stream_layer layer{*tcp.link, queue};
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
  for (int i = 0; i < count; ++i) add().send(std::string(long_bytes, 'x'));
  EXPECT_GE(count_turns(), count * (long_slices - 1));
  for (auto& r : all) EXPECT_EQ(r.reader.take(), std::string(long_bytes, 'x'));
}

TEST_F(MessageReaderTest, OneThatWaitsForItsTurnLearnsThatItsConnectionIsAborted) {
  auto& first = add();
  auto& second = add();
  for (auto* r : {&first, &second}) r->send(std::string(long_bytes, 'x'));
  testing::run_until(io, [&] { return first.reader.held_bytes() > 2 * slice_bytes; });
  second.queue.abort();
  testing::run_until(io, [&] { return all_done(); });
  EXPECT_TRUE(first.reader.has_message());
  EXPECT_TRUE(second.reader.has_failed());
}

TEST_F(MessageReaderTest, ShortMessagesDoNotWaitForEachOther) {
  constexpr int count = 50;
  for (int i = 0; i < count; ++i) add().send(std::string(1000, 'x'));
  EXPECT_LT(count_turns(), count);
  for (auto& r : all) EXPECT_EQ(r.reader.take(), std::string(1000, 'x'));
}

}  // namespace
}  // namespace ws_demo
