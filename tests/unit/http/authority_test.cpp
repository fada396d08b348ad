#include "http/authority.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ws_demo {
namespace {

std::string host_in(std::string_view text) {
  const auto parsed = parse_authority(text);
  return parsed ? std::string(parsed->host.text) : "refused";
}

/// -1 where there is none, -2 where the text is refused.
int port_in(std::string_view text) {
  const auto parsed = parse_authority(text);
  if (!parsed) return -2;
  return parsed->port ? *parsed->port : -1;
}

bool same_host(std::string_view a, std::string_view b) {
  const auto first = parse_host(a);
  const auto second = parse_host(b);
  return first && second && is_same_host(*first, *second);
}

bool same_origin(std::string_view a, std::string_view b) {
  const auto first = parse_origin(a);
  const auto second = parse_origin(b);
  return first && second && is_same_origin(*first, *second);
}

bool loopback_host(std::string_view text) {
  const auto host = parse_host(text);
  return host && is_loopback(*host);
}

TEST(Authority, IsAHostAndAPort) {
  EXPECT_EQ(host_in("Example.com:9001"), "Example.com");
  EXPECT_EQ(host_in("[2001:db8::1]:9001"), "[2001:db8::1]");
  EXPECT_EQ(host_in("127.0.0.1"), "127.0.0.1");
  EXPECT_EQ(host_in("a-b_c~!$&'()*+,;=%4F.d"), "a-b_c~!$&'()*+,;=%4F.d");
  EXPECT_EQ(host_in(""), "");
  EXPECT_EQ(port_in("example.com:9001"), 9001);
  EXPECT_EQ(port_in("[::1]:0"), 0);
  EXPECT_EQ(port_in("[::1]"), -1);
}

TEST(Authority, APortIsDecimalAndMayBeEmpty) {
  EXPECT_EQ(port_in("localhost:"), -1);
  EXPECT_EQ(port_in("[::1]:"), -1);
  EXPECT_EQ(port_in("localhost:65535"), 65535);
  EXPECT_EQ(port_in("localhost:000000000000000000000080"), 80);
  for (const char* text :
       {"localhost:65536", "localhost:99999999999999999999", "localhost:-1", "localhost:+80",
        "localhost: 80", "localhost:80 ", "localhost:0x50", "localhost:80:80", "localhost::80",
        "localhost:80.evil.com", "localhost:80@evil.com", "localhost:80/", "[::1]:80:80"})
    EXPECT_EQ(port_in(text), -2) << text;
}

TEST(Authority, NothingFollowsTheBracket) {
  for (const char* text :
       {"[::1].evil.com", "[::1", "[", "[]", "::1", "[::1]]", "[[::1]]", "[::1]80", "[::1]evil:80",
        "[::1]:80.evil.com", "[::1]@evil.com", "evil.com[::1]", "a]", "evil.com@[::1]", "]"})
    EXPECT_EQ(host_in(text), "refused") << text;
}

TEST(Authority, InBracketsIsAnIPv6AddressWithoutAZone) {
  for (const char* text : {"[::]", "[2001:DB8::a]", "[::ffff:127.0.0.1]", "[1:2:3:4:5:6:7:8]",
                           "[0000:0000:0000:0000:0000:ffff:255.255.255.255]"})
    EXPECT_EQ(host_in(text), text);
  for (const char* text :
       {"[::1%lo]", "[::1%25lo]", "[::1%1]", "[fe80::1%25eth0]", "[127.0.0.1]", "[localhost]",
        "[v1.x]", "[1::2::3]", "[1:2:3:4:5:6:7]", "[1:2:3:4:5:6:7:8:9]", "[00001::1]", "[:1]",
        "[::ffff:127.0.0.01]", "[::ffff:127.1]", "[ ::1]", "[::1 ]", "[::g]", "[::1/64]"})
    EXPECT_EQ(host_in(text), "refused") << text;
}

TEST(Authority, ANameHasNothingElse) {
  using std::string_view_literals::operator""sv;
  for (const auto text : {"a b"sv,
                          " a"sv,
                          "a "sv,
                          "a/b"sv,
                          "a?b"sv,
                          "a#b"sv,
                          "a@b"sv,
                          R"(a\b)"sv,
                          R"(a"b)"sv,
                          "a<b"sv,
                          "a^b"sv,
                          "a|b"sv,
                          "a%"sv,
                          "a%4"sv,
                          "a%zz"sv,
                          "%"sv,
                          "b\xc3\xbc"sv,
                          "localhost\0"sv,
                          "localhost\0.evil.com"sv,
                          "a\tb"sv,
                          "a\x7f"sv,
                          "http://a"sv})
    EXPECT_EQ(host_in(text), "refused") << text;
  EXPECT_EQ(host_in("a%41"sv.substr(0, 3)), "refused") << "what follows the text is not read";
}

TEST(Authority, NamesAreComparedWithoutCaseAndAddressesByValue) {
  EXPECT_TRUE(same_host("Example.COM", "example.com"));
  EXPECT_TRUE(same_host("[::1]", "[0:0:0:0:0:0:0:1]"));
  EXPECT_TRUE(same_host("[2001:DB8::A]", "[2001:db8:0::000a]"));
  EXPECT_TRUE(same_host("[::ffff:1.2.3.4]", "[::ffff:102:304]"));
  EXPECT_TRUE(same_host("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(same_host("[::1]", "[::2]"));
  EXPECT_FALSE(same_host("127.0.0.1", "127.1"));
  EXPECT_FALSE(same_host("1.2.3.4", "[::ffff:1.2.3.4]"));
  EXPECT_FALSE(same_host("example.com", "example.com."));
  EXPECT_FALSE(same_host("example.com", "ex%61mple.com"));
}

TEST(Authority, LoopbackIsAnAddressOrLocalhostOrBelowIt) {
  for (const char* text :
       {"localhost", "LocalHost", "app.localhost", "a.b.LOCALHOST", "127.0.0.1", "127.255.255.254",
        "[::1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::0.0.0.1]"})
    EXPECT_TRUE(loopback_host(text)) << text;
  for (const char* text : {"",
                           ".localhost",
                           "..localhost",
                           "a..localhost",
                           ".a.localhost",
                           "notlocalhost",
                           "localhost.",
                           "localhost.evil.com",
                           "%6cocalhost",
                           "127.1",
                           "127.0.1",
                           "0x7f000001",
                           "2130706433",
                           "0177.0.0.1",
                           "127.0.0.01",
                           "127.0.0.1.",
                           "127.0.0.256",
                           "126.0.0.1",
                           "128.0.0.1",
                           "0.0.0.0",
                           "[::]",
                           "[::2]",
                           "[::ffff:127.0.0.1]",
                           "[::127.0.0.1]"})
    EXPECT_FALSE(loopback_host(text)) << text;
}

TEST(WebOrigin, IsSchemeHostAndPortAndNothingElse) {
  for (const char* text :
       {"null", "http://localhost", "https://app.example.com:8443", "http://[::1]:5173", "file://",
        "chrome-extension://abcdef", "a+b-c.1://x", "http://localhost:"})
    EXPECT_TRUE(parse_origin(text)) << text;
  for (const char* text : {"",
                           "NULL",
                           "null ",
                           "null/",
                           "://localhost",
                           "//localhost",
                           "localhost",
                           "http:localhost",
                           "http:/localhost",
                           "1a://localhost",
                           "ht tp://localhost",
                           "http ://localhost",
                           "h_p://localhost",
                           "http://localhost/",
                           "http://localhost?",
                           "http://localhost#",
                           "http://localhost:9001.evil.com",
                           "http://localhost:x@evil.com",
                           "http://x@localhost",
                           "http://[::1].evil.com",
                           "http://[::1",
                           "http://a http://b",
                           "http://a,http://b",
                           "http://http://localhost",
                           "http:///localhost",
                           "http://localhost:65536"})
    EXPECT_FALSE(parse_origin(text)) << text;
}

TEST(WebOrigin, APortThatIsNotGivenIsTheSchemesOwn) {
  EXPECT_TRUE(same_origin("http://a", "HTTP://A:80"));
  EXPECT_TRUE(same_origin("https://a", "https://a:443"));
  EXPECT_TRUE(same_origin("ws://a:", "ws://a:80"));
  EXPECT_TRUE(same_origin("wss://a", "wss://a:0443"));
  EXPECT_TRUE(same_origin("app://a", "app://a"));
  EXPECT_TRUE(same_origin("http://[::1]:1", "http://[0::1]:1"));
  EXPECT_FALSE(same_origin("http://a", "https://a"));
  EXPECT_FALSE(same_origin("http://a:80", "https://a:443"));
  EXPECT_FALSE(same_origin("http://a", "http://a:443"));
  EXPECT_FALSE(same_origin("http://a", "http://a:0"));
  EXPECT_FALSE(same_origin("app://a", "app://a:80"));
  EXPECT_FALSE(same_origin("null", "http://a"));
}

}  // namespace
}  // namespace ws_demo
