#include "websocket/frame.hpp"

#include "common/memory_budget.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace ws_demo {
namespace {

using kind = message::kind;

message message_of(kind is, std::string payload) {
  message m;
  m.is = is;
  m.what = make_event(std::move(payload));
  return m;
}

message message_of(shared_event e) {
  message m;
  m.is = kind::event;
  m.what = std::move(e);
  return m;
}

shared_event event_of(char c) {
  return make_event(std::string(1000, c));
}

std::string bytes(const frame& f) {
  return std::string(f.head.data(), f.head_bytes).append(f.body);
}

std::string head(kind is, std::size_t size) {
  const message m = message_of(is, std::string(size, 'x'));
  const auto f = websocket_frame(m);
  EXPECT_EQ(f.body, m.payload());
  EXPECT_EQ(f.size(), f.head_bytes + size);
  return bytes(f).substr(0, f.head_bytes);
}

constexpr compression small_window{9, 100};
constexpr compression large_window{14, 100};

class CompressedFrame : public ::testing::Test {
 protected:
  frame framed(const message& m, const compression& how) {
    return compressed_websocket_frame(m, how, encodings);
  }
  frame framed(const shared_event& e, const compression& how) { return framed(message_of(e), how); }

  asio::io_context io{1};
  memory_budget memory{std::size_t{1} << 30};
  encoding_cache encodings{io.get_executor(), memory};
};

TEST(Frame, SaysItsSizeInAsFewBytesAsItCan) {  // RFC 6455 section 5.2
  using namespace std::string_literals;
  EXPECT_EQ(head(kind::text, 0), "\x81\x00"s);
  EXPECT_EQ(head(kind::text, 125), "\x81\x7d");
  EXPECT_EQ(head(kind::text, 126), "\x81\x7e\x00\x7e"s);
  EXPECT_EQ(head(kind::text, 65535), "\x81\x7e\xff\xff");
  EXPECT_EQ(head(kind::text, 65536), "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s);
}

TEST(Frame, SaysWhatItIs) {
  for (const auto is : {kind::text, kind::event, kind::lost}) EXPECT_EQ(head(is, 1), "\x81\x01");
  EXPECT_EQ(head(kind::binary, 1), "\x82\x01");
  EXPECT_EQ(head(kind::ping, 1), "\x89\x01");
  EXPECT_EQ(head(kind::pong, 1), "\x8a\x01");
}

TEST(Frame, ACloseHasItsCodeAndReason) {
  message m = message_of(kind::close, "why");
  m.close_code = 4711;
  EXPECT_EQ(bytes(websocket_frame(m)), "\x88\x05\x12\x67why");
}

TEST(Frame, TheHandshakeIsNone) {
  const message m = message_of(kind::handshake, "HTTP/1.1 101");
  EXPECT_EQ(bytes(websocket_frame(m)), "HTTP/1.1 101");
}

TEST_F(CompressedFrame, DataFromTheThresholdOnIsCompressed) {
  for (const auto is : {kind::text, kind::binary, kind::event}) {
    const message small = message_of(is, std::string(99, 'x'));
    EXPECT_EQ(bytes(framed(small, small_window)), bytes(websocket_frame(small)));
    const message large = message_of(is, std::string(100, 'x'));
    const auto f = framed(large, small_window);
    EXPECT_EQ(f.head[0] & 0x70, 0x40);  // RFC 7692 section 6
    EXPECT_LT(f.body.size(), 20U);
  }
}

TEST_F(CompressedFrame, WhatTakesLongIsNotCompressed) {
  const message largest = message_of(kind::text, std::string(64 << 10, 'x'));
  EXPECT_EQ(framed(largest, large_window).head[0] & 0x70, 0x40);
  EXPECT_FALSE(framed(message_of(kind::text, std::string(1000, 'x')), large_window).is_ready)
      << "not in this turn";
  const message larger = message_of(kind::text, std::string((64 << 10) + 1, 'x'));
  EXPECT_EQ(bytes(framed(larger, large_window)), bytes(websocket_frame(larger)));
}

TEST_F(CompressedFrame, ControlFramesAreNeverCompressed) {  // RFC 7692 section 6.1
  for (const auto is : {kind::handshake, kind::close, kind::ping, kind::pong}) {
    const message m = message_of(is, std::string(110, 'x'));
    EXPECT_EQ(bytes(framed(m, small_window)), bytes(websocket_frame(m)));
  }
}

TEST_F(CompressedFrame, WhatManyShareIsCompressedOnce) {
  const auto x = event_of('x');
  const auto y = event_of('y');
  const auto first = framed(x, small_window);
  const auto other = framed(y, small_window);
  const auto again = framed(x, small_window);
  EXPECT_EQ(first.encoded, again.encoded);
  EXPECT_NE(*first.encoded, *other.encoded);
}

TEST_F(CompressedFrame, ButOnceForEachWindow) {
  const auto text = event_of('x');
  const auto small = framed(text, small_window);
  EXPECT_NE(small.encoded, framed(text, large_window).encoded);
  EXPECT_EQ(small.encoded, framed(text, small_window).encoded);
}

TEST_F(CompressedFrame, AnotherTextIsNotTakenForTheLast) {
  auto text = event_of('x');
  framed(text, small_window);
  text.reset();  // and the next may well be where this was
  text = event_of('y');
  const std::string shared(framed(text, small_window).body);
  EXPECT_EQ(shared, framed(message_of(kind::text, std::string(1000, 'y')), small_window).body);
}

}  // namespace
}  // namespace ws_demo
