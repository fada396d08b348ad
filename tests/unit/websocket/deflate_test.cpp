#include "websocket/deflate.hpp"

#include "websocket/deflate_offer.hpp"

#include <boost/beast/zlib/inflate_stream.hpp>
#include <gtest/gtest.h>

#include <random>
#include <string>

namespace ws_demo {
namespace {

using boost::beast::http::field;

/// What is left of the offers.
std::string chosen(std::initializer_list<std::string_view> lines) {
  upgrade_request upgrade;
  for (const auto line : lines) upgrade.insert(field::sec_websocket_extensions, line);
  choose_deflate_offer(upgrade);
  EXPECT_LE(upgrade.count(field::sec_websocket_extensions), 1U);
  return std::string(upgrade[field::sec_websocket_extensions]);
}

std::optional<int> window_bits(std::string_view offer) {
  upgrade_request upgrade;
  upgrade.set(field::sec_websocket_extensions, offer);
  return choose_deflate_offer(upgrade);
}

/// What a client with such a window reads. RFC 7692 section 7.2.2.
std::string inflated(std::string payload, std::size_t size, int window_bits) {
  namespace zlib = boost::beast::zlib;
  payload.append("\0\0\xff\xff", 4);
  std::string text(size + 1, '\0');
  zlib::inflate_stream stream;
  stream.reset(window_bits);
  zlib::z_params parameters;
  parameters.next_in = payload.data();
  parameters.avail_in = payload.size();
  parameters.next_out = text.data();
  parameters.avail_out = text.size();
  boost::system::error_code ec;
  stream.write(parameters, zlib::Flush::sync, ec);
  EXPECT_FALSE(ec) << ec.message();
  EXPECT_EQ(parameters.avail_in, 0U);
  text.resize(parameters.total_out);
  return text;
}

TEST(Deflate, TakesWhatChromiumOffers) {
  EXPECT_EQ(chosen({"permessage-deflate; client_max_window_bits"}),
            "permessage-deflate; client_max_window_bits=15");
}

TEST(Deflate, TakesEveryParameter) {
  EXPECT_EQ(chosen({"permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
                    "server_max_window_bits=9; client_max_window_bits=\"8\""}),
            "permessage-deflate; client_max_window_bits=8; server_max_window_bits=9; "
            "server_no_context_takeover; client_no_context_takeover");
}

TEST(Deflate, DeclinesAWindowItMayNotLimit) {
  EXPECT_EQ(chosen({"permessage-deflate"}), "");
  EXPECT_EQ(chosen({"permessage-deflate; server_no_context_takeover"}), "");
}

TEST(Deflate, DeclinesWhatIsNotValid) {
  for (const char* rest :
       {"; unknown", "; client_max_window_bits", "; server_max_window_bits",
        "; server_max_window_bits=8", "; server_max_window_bits=16",
        "; server_max_window_bits=", "; server_max_window_bits=010", "; server_max_window_bits=x",
        "; server_max_window_bits=10; server_max_window_bits=10", "; server_no_context_takeover=1",
        "; server_no_context_takeover; server_no_context_takeover"})
    EXPECT_EQ(chosen({std::string("permessage-deflate; client_max_window_bits") + rest}), "")
        << rest;
  for (const char* bits : {"7", "16", "08", "9x", "-9", "+9"})
    EXPECT_EQ(chosen({std::string("permessage-deflate; client_max_window_bits=") + bits}), "")
        << bits;
}

TEST(Deflate, TakesTheFirstOfferItCan) {
  const std::string first = "permessage-deflate; client_max_window_bits; server_max_window_bits=8";
  const std::string second = "permessage-deflate; client_max_window_bits=12";
  EXPECT_EQ(chosen({first + ", x-other; a=b, " + second}), second);
  EXPECT_EQ(chosen({first, second}), second);
}

TEST(Deflate, AFlagBeforeACommaEndsItsOfferOnly) {
  const std::string second = "permessage-deflate; client_max_window_bits=12";
  EXPECT_EQ(chosen({"permessage-deflate; client_max_window_bits; unknown, " + second}), second);
  EXPECT_EQ(chosen({"x-other; a=\"b, c\"; d,permessage-deflate;client_max_window_bits=12"}),
            second);
  EXPECT_EQ(chosen({"permessage-deflate; client_max_window_bits, permessage-deflate"}),
            "permessage-deflate; client_max_window_bits=15");
}

TEST(Deflate, OtherExtensionsAreDeclined) {
  EXPECT_EQ(chosen({"x-webkit-deflate-frame"}), "");
  EXPECT_EQ(chosen({}), "");
}

TEST(Deflate, TheServersWindowIsTheOneItIsAskedFor) {
  EXPECT_EQ(window_bits("permessage-deflate; client_max_window_bits"), 14);
  for (int bits = 9; bits <= 14; ++bits)
    EXPECT_EQ(window_bits("permessage-deflate; client_max_window_bits; server_max_window_bits=" +
                          std::to_string(bits)),
              bits);
  EXPECT_EQ(window_bits("permessage-deflate; client_max_window_bits; server_max_window_bits=15"),
            14);
  EXPECT_EQ(window_bits("permessage-deflate"), std::nullopt);
}

TEST(Deflate, WhatIsDeflatedInflates) {
  std::minstd_rand random;
  for (const std::size_t size : {0U, 1U, 100U, 4096U, 70'000U, 1'000'000U}) {
    std::string noise;
    while (noise.size() < size) noise += static_cast<char>(random());
    std::string words;
    while (words.size() < size) words += std::to_string(random() % 1000) + ' ';
    for (const int bits : {9, 12, 14})
      for (const auto& text : {noise, words, std::string(size, 'x')})
        EXPECT_TRUE(inflated(*deflated(text, bits), text.size(), bits) == text)
            << size << " bytes, " << bits << " bits";
  }
}

TEST(Deflate, TheEndOfTheFlushIsLeftOut) {  // RFC 7692 section 7.2.1
  EXPECT_FALSE(deflated("hello", 14)->ends_with(std::string("\0\0\xff\xff", 4)));
}

TEST(Deflate, ALargerWindowSeesFurtherBack) {
  std::minstd_rand random;
  std::string once;
  while (once.size() < 2000) once += static_cast<char>(random());
  EXPECT_GT(deflated(once + once, 9)->size(), 3900U);
  EXPECT_LT(deflated(once + once, 14)->size(), 2100U);
}

}  // namespace
}  // namespace ws_demo
