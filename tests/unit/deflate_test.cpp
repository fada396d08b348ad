#include "ws_demo/deflate.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ws_demo {
namespace {

using boost::beast::http::field;

/// What is left of the offers.
std::string chosen(std::initializer_list<std::string_view> lines) {
  request_head upgrade;
  for (const auto line : lines) upgrade.insert(field::sec_websocket_extensions, line);
  choose_deflate_offer(upgrade);
  EXPECT_LE(upgrade.count(field::sec_websocket_extensions), 1U);
  return std::string(upgrade[field::sec_websocket_extensions]);
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

}  // namespace
}  // namespace ws_demo
