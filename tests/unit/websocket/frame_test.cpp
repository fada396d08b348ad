#include "websocket/frame.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace ws_demo {
namespace {

using kind = message::kind;

message message_of(kind is, std::string payload) {
  message m;
  m.is = is;
  m.own = std::move(payload);
  return m;
}

message message_of(shared_event e) {
  message m;
  m.is = kind::event;
  m.shared = std::move(e);
  return m;
}

shared_event event_of(char c) {
  return std::make_shared<const event>(std::string(1000, c), std::string());
}

std::string bytes(const frame& f) {
  return std::string(f.head.data(), f.head_bytes).append(f.body);
}

std::string head(kind is, std::size_t size) {
  message m = message_of(is, std::string(size, 'x'));
  const auto f = websocket_frame(m);
  EXPECT_EQ(f.body, m.payload());
  EXPECT_EQ(f.size(), f.head_bytes + size);
  return bytes(f).substr(0, f.head_bytes);
}

constexpr compression small_window{9, 100};
constexpr compression large_window{14, 100};

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
  EXPECT_EQ(bytes(compressed_websocket_frame(m, {9, 0})), "\x88\x05\x12\x67why");
}

TEST(Frame, TheHandshakeIsNone) {
  message m = message_of(kind::handshake, "HTTP/1.1 101");
  EXPECT_EQ(bytes(websocket_frame(m)), "HTTP/1.1 101");
  EXPECT_EQ(bytes(compressed_websocket_frame(m, {9, 0})), "HTTP/1.1 101");
}

TEST(Frame, DataFromTheThresholdOnIsCompressed) {
  for (const auto is : {kind::text, kind::binary, kind::event}) {
    message small = message_of(is, std::string(99, 'x'));
    EXPECT_EQ(bytes(compressed_websocket_frame(small, small_window)),
              bytes(websocket_frame(small)));
    message large = message_of(is, std::string(100, 'x'));
    const auto f = compressed_websocket_frame(large, small_window);
    EXPECT_EQ(f.head[0] & 0x70, 0x40);  // RFC 7692 section 6
    EXPECT_LT(f.body.size(), 20U);
  }
}

TEST(Frame, WhatTakesLongIsNotCompressed) {
  message largest = message_of(kind::text, std::string(64 << 10, 'x'));
  EXPECT_EQ(compressed_websocket_frame(largest, large_window).head[0] & 0x70, 0x40);
  message larger = message_of(kind::text, std::string((64 << 10) + 1, 'x'));
  EXPECT_EQ(bytes(compressed_websocket_frame(larger, large_window)),
            bytes(websocket_frame(larger)));
}

TEST(Frame, ControlFramesAreNeverCompressed) {  // RFC 7692 section 6.1
  for (const auto is : {kind::close, kind::ping, kind::pong}) {
    message m = message_of(is, std::string(110, 'x'));
    EXPECT_EQ(bytes(compressed_websocket_frame(m, small_window)), bytes(websocket_frame(m)));
  }
}

TEST(Frame, WhatManyShareIsCompressedOnce) {
  const auto text = event_of('x');
  message one = message_of(text);
  message two = message_of(text);
  compressed_websocket_frame(one, small_window);
  compressed_websocket_frame(two, small_window);
  EXPECT_EQ(one.encoded, two.encoded);
  message other = message_of(event_of('y'));
  compressed_websocket_frame(other, small_window);
  EXPECT_NE(*one.encoded, *other.encoded);
}

TEST(Frame, WhatIsPublishedOneAfterTheOtherIsCompressedOnceEach) {
  const auto a = event_of('x');
  const auto b = event_of('y');
  message first_a = message_of(a);
  message first_b = message_of(b);
  for (message* m : {&first_a, &first_b}) compressed_websocket_frame(*m, small_window);
  for (int subscriber = 0; subscriber < 3; ++subscriber) {
    message again_a = message_of(a);
    message again_b = message_of(b);
    for (message* m : {&again_a, &again_b}) compressed_websocket_frame(*m, small_window);
    EXPECT_EQ(again_a.encoded, first_a.encoded);
    EXPECT_EQ(again_b.encoded, first_b.encoded);
  }
}

TEST(Frame, ButOnceForEachWindow) {
  const auto text = event_of('x');
  message small = message_of(text);
  message large = message_of(text);
  message small_again = message_of(text);
  compressed_websocket_frame(small, small_window);
  compressed_websocket_frame(large, large_window);
  compressed_websocket_frame(small_again, small_window);
  EXPECT_NE(small.encoded, large.encoded);
  EXPECT_EQ(small.encoded, small_again.encoded);
}

TEST(Frame, AnotherTextIsNotTakenForTheLast) {
  auto text = event_of('x');
  message first = message_of(text);
  compressed_websocket_frame(first, small_window);
  first = {};
  text.reset();  // and the next may well be where this was
  text = event_of('y');
  message second = message_of(text);
  const std::string shared(compressed_websocket_frame(second, small_window).body);
  message own = message_of(kind::text, std::string(1000, 'y'));
  EXPECT_EQ(shared, compressed_websocket_frame(own, small_window).body);
}

}  // namespace
}  // namespace ws_demo
