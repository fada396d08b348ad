#include "websocket/deflate.hpp"

#include "websocket/deflate_offer.hpp"

#include <boost/beast/zlib/inflate_stream.hpp>
#include <gtest/gtest.h>

#include <initializer_list>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace ws_demo {
namespace {

using boost::beast::http::field;

/// @param lines of Sec-WebSocket-Extensions
std::optional<int> chosen(std::initializer_list<std::string_view> lines) {
  upgrade_request upgrade;
  for (const auto line : lines) upgrade.insert(field::sec_websocket_extensions, line);
  return choose_deflate_offer(upgrade);
}

/// What a client with such a window reads. RFC 7692 section 7.2.2. The text is taken byte by byte,
/// so that a reference which goes back further than the window is seen within a message too.
std::optional<std::string> inflated(std::string payload, int window_bits) {
  namespace zlib = boost::beast::zlib;
  payload.append("\0\0\xff\xff", 4);
  std::string text;
  zlib::inflate_stream stream;
  stream.reset(window_bits);
  zlib::z_params parameters;
  parameters.next_in = payload.data();
  parameters.avail_in = payload.size();
  for (;;) {
    char byte = 0;
    parameters.next_out = &byte;
    parameters.avail_out = 1;
    boost::system::error_code ec;
    stream.write(parameters, zlib::Flush::sync, ec);
    if (parameters.avail_out == 0) text += byte;
    if (ec == zlib::error::need_buffers && parameters.avail_in == 0) return text;
    if (ec) return std::nullopt;
  }
}

TEST(Deflate, TakesWhatBrowsersOffer) {
  EXPECT_EQ(chosen({"permessage-deflate; client_max_window_bits"}), 15);  // Chromium
  EXPECT_EQ(chosen({"permessage-deflate"}), 15);                          // Firefox
}

TEST(Deflate, TheServersWindowIsTheOneItIsAskedFor) {
  for (int bits = 8; bits <= 15; ++bits)
    for (const std::string offer :
         {"permessage-deflate; ", "permessage-deflate; client_max_window_bits; "})
      EXPECT_EQ(chosen({offer + "server_max_window_bits=" + std::to_string(bits)}), bits);
}

TEST(Deflate, TakesEveryParameter) {
  EXPECT_EQ(chosen({"permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
                    "server_max_window_bits=9; client_max_window_bits=\"8\""}),
            9);
}

TEST(Deflate, BothSidesForgetTheirWindows) {
  EXPECT_EQ(deflate_answer(8),
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
            "server_max_window_bits=8");
}

TEST(Deflate, DeclinesWhatIsNotValid) {
  for (const char* rest :
       {"; unknown", "; client_max_window_bits", "; server_max_window_bits",
        "; server_max_window_bits=7", "; server_max_window_bits=16",
        "; server_max_window_bits=", "; server_max_window_bits=010", "; server_max_window_bits=x",
        "; server_max_window_bits=10; server_max_window_bits=10", "; server_no_context_takeover=1",
        "; server_no_context_takeover; server_no_context_takeover"})
    EXPECT_EQ(chosen({std::string("permessage-deflate; client_max_window_bits") + rest}),
              std::nullopt)
        << rest;
  for (const char* bits : {"7", "16", "08", "9x", "-9", "+9"})
    EXPECT_EQ(chosen({std::string("permessage-deflate; client_max_window_bits=") + bits}),
              std::nullopt)
        << bits;
}

TEST(Deflate, TakesTheFirstOfferItCan) {
  const std::string invalid = "permessage-deflate; server_max_window_bits=7";
  const std::string second = "permessage-deflate; server_max_window_bits=12";
  const std::string third = "permessage-deflate; server_max_window_bits=11";
  EXPECT_EQ(chosen({invalid + ", x-other; a=b, " + second + ", " + third}), 12);
  EXPECT_EQ(chosen({invalid, second, third}), 12);
}

TEST(Deflate, AFlagBeforeACommaEndsItsOfferOnly) {
  EXPECT_EQ(chosen({"permessage-deflate; client_max_window_bits; unknown, "
                    "permessage-deflate; server_max_window_bits=12"}),
            12);
  EXPECT_EQ(chosen({"x-other; a=\"b, c\"; d,permessage-deflate;server_max_window_bits=12"}), 12);
  EXPECT_EQ(chosen({"permessage-deflate; client_max_window_bits, "
                    "permessage-deflate; server_max_window_bits=12"}),
            15);
}

TEST(Deflate, OtherExtensionsAreDeclined) {
  EXPECT_EQ(chosen({"x-webkit-deflate-frame"}), std::nullopt);
  EXPECT_EQ(chosen({}), std::nullopt);
}

TEST(Deflate, WhatIsDeflatedInflates) {
  std::minstd_rand random;
  for (const std::size_t size : {0U, 1U, 100U, 4096U, 70'000U}) {
    std::string noise;
    while (noise.size() < size) noise += static_cast<char>(random());
    std::string words;
    while (words.size() < size) words += std::to_string(random() % 1000) + ' ';
    for (const int bits : {8, 9, 12, 15})
      for (const auto& text : {noise, words, std::string(size, 'x')})
        EXPECT_TRUE(inflated(*deflated(text, bits), bits) == text)
            << size << " bytes, " << bits << " bits";
  }
}

TEST(Deflate, NoReferenceGoesBackFurtherThanTheWindow) {
  std::minstd_rand random;
  std::string text;
  while (text.size() < 400) text += static_cast<char>(random());
  text += text;
  for (const int bits : {8, 9, 15}) EXPECT_EQ(inflated(*deflated(text, bits), bits), text) << bits;
  EXPECT_EQ(inflated(*deflated(text, 15), 8), std::nullopt);  // the test would see it
}

TEST(Deflate, JsonGetsSmallerEvenWithTheSmallestWindow) {
  std::string json;
  for (int number = 0; json.size() < 4096; ++number)
    json += R"({"id":)" + std::to_string(number) + R"(,"name":"Habe nun ach","tags":null},)";
  EXPECT_LT(deflated(json, 8)->size(), 0.7 * static_cast<double>(json.size()));
}

TEST(Deflate, TheEndOfTheFlushIsLeftOut) {  // RFC 7692 section 7.2.1
  EXPECT_FALSE(deflated("hello", 14)->ends_with(std::string("\0\0\xff\xff", 4)));
}

TEST(Deflate, ALargerWindowSeesFurtherBack) {
  std::minstd_rand random;
  std::string once;
  while (once.size() < 2000) once += static_cast<char>(random());
  EXPECT_GT(deflated(once + once, 8)->size(), 3900U);
  EXPECT_GT(deflated(once + once, 9)->size(), 3900U);
  EXPECT_LT(deflated(once + once, 15)->size(), 2100U);
}

}  // namespace
}  // namespace ws_demo
