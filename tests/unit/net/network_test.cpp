#include "net/network.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace ws_demo {
namespace {

bool is_in(const char* address, const std::vector<std::string>& networks) {
  return network_list(networks).contains(asio::ip::make_address(address));
}

TEST(Network, HasTheAddressesThatBeginWithItsBits) {
  struct example {
    const char* written;
    const char* inside;
    const char* outside;
  };
  for (const example& c : {example{"10.0.0.0/8", "10.0.0.0", "9.255.255.255"},
                           {"10.0.0.0/8", "10.255.255.255", "11.0.0.0"},
                           {"10.0.0.0/9", "10.127.255.255", "10.128.0.0"},
                           {"10.1.2.0/23", "10.1.3.4", "10.1.4.0"},
                           {"192.0.2.1", "192.0.2.1", "192.0.2.2"},
                           {"128.0.0.0/1", "255.255.255.255", "127.0.0.1"},
                           {"fd00::/8", "fdff::1", "fc00::1"},
                           {"2001:db8::/61", "2001:db8:0:7:ffff::", "2001:db8:0:8::"},
                           {"::1", "::1", "::2"}}) {
    EXPECT_TRUE(is_in(c.inside, {c.written})) << c.written;
    EXPECT_FALSE(is_in(c.outside, {c.written})) << c.written;
  }
}

TEST(Network, ListsAreOfBothFamiliesAndMayBeEmpty) {
  EXPECT_TRUE(is_in("::1", {"127.0.0.1", "::1"}));
  EXPECT_TRUE(is_in("127.0.0.1", {"::1", "127.0.0.1"}));
  EXPECT_FALSE(is_in("127.0.0.1", {}));
}

TEST(Network, AMappedAddressIsThatOfIpv4) {
  EXPECT_TRUE(is_in("::ffff:10.1.2.3", {"10.0.0.0/8"}));
  EXPECT_FALSE(is_in("::ffff:10.1.2.3", {"::/1"})) << "and not of IPv6";
  EXPECT_FALSE(is_in("10.1.2.3", {"::/1"}));
  EXPECT_FALSE(is_in("::10.1.2.3", {"10.0.0.0/8"})) << "IPv4-compatible is not mapped";
}

TEST(Network, WhoComesOverAUnixSocketHasNoAddressAndIsNamedByAWord) {
  EXPECT_TRUE(is_in("0.0.0.0", {"10.0.0.0/8", "unix:"}));
  EXPECT_FALSE(is_in("10.1.2.3", {"unix:"}));
  EXPECT_FALSE(is_in("0.0.0.0", {"10.0.0.0/8", "0.0.0.0"})) << "nobody has that address";
  EXPECT_FALSE(is_in("::", {"::/1"}));
}

TEST(Network, TheZoneOfAnAddressDoesNotCount) {
  EXPECT_TRUE(is_in("fe80::1%1", {"fe80::/10"}));
  EXPECT_TRUE(is_in("fe80::1%1", {"fe80::1"}));
}

TEST(Network, AListOfAnythingElseThrows) {
  for (const char* text : {"", "10.1.2.3/8", "0.0.0.0/0", "localhost", "::ffff:10.0.0.1", "unix"})
    EXPECT_THROW(network_list({text}), std::invalid_argument) << text;
}

TEST(Network, AnAddressIsWrittenInFull) {
  for (const char* text : {"127.0.0.1", "0.0.0.0", "::", "2001:DB8::1", "::ffff:192.0.2.1",
                           "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"})
    EXPECT_TRUE(parse_address(text)) << text;
  const std::string ends_within("127.0.0.1\0.5", 12);
  for (const std::string& text :
       {ends_within, std::string(), std::string("127.1"), std::string("0127.0.0.1"),
        std::string("127.0.0.1."), std::string("[::1]"), std::string("fe80::1%1"),
        std::string("::1 "), std::string(46, '0')})
    EXPECT_FALSE(parse_address(text)) << text;
}

}  // namespace
}  // namespace ws_demo
