#include "http/origin.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace ws_demo {
namespace {

using boost::beast::http::field;
using boost::beast::http::verb;

request_head from(std::string_view origin, std::string_view host) {
  request_head request{verb::get, "/ws", 11};
  if (!host.empty()) request.set(field::host, host);
  if (!origin.empty()) request.set(field::origin, origin);
  return request;
}

options listening_on(const char* address) {
  options o;
  o.host = boost::asio::ip::make_address(address);
  return o;
}

const options loopback = listening_on("127.0.0.1");
const options open_to_all = listening_on("0.0.0.0");

origin_access access(const request_head& request, const options& o) {
  return allowed_access(request, o, o.host.is_loopback());
}

bool origin_allowed(const request_head& request, const options& o) {
  return access(request, o) != origin_access::none;
}

bool host_allowed(std::string_view text, const options& o) {
  const auto host = parse_host(text);
  return host && ws_demo::host_allowed(*host, o, o.host.is_loopback());
}

/// "400" where it is refused.
std::string requested_host(const request_head& request) {
  const auto asked = requested_authority(request);
  return asked ? std::string(asked->host.text) : "400";
}

TEST(Origin, AProgramHasNone) {
  EXPECT_TRUE(origin_allowed(from("", "example.com"), open_to_all));
  EXPECT_TRUE(origin_allowed(from("", "localhost"), loopback));
}

TEST(Origin, TheServersOwnPagesMayConnect) {
  EXPECT_TRUE(origin_allowed(from("https://example.com", "example.com"), open_to_all));
  EXPECT_TRUE(origin_allowed(from("https://EXAMPLE.com", "example.COM"), open_to_all));
  EXPECT_TRUE(origin_allowed(from("http://example.com:9001", "example.com:9001"), open_to_all));
  EXPECT_TRUE(origin_allowed(from("https://example.com", "example.com:443"), open_to_all));
  EXPECT_TRUE(origin_allowed(from("http://example.com", "example.com:80"), open_to_all));
  EXPECT_TRUE(origin_allowed(from("http://[2001:db8::1]:9001", "[2001:db8::1]:9001"), open_to_all));
  EXPECT_TRUE(origin_allowed(from("http://[2001:db8::1]", "[2001:DB8:0::1]:80"), open_to_all));
  EXPECT_TRUE(origin_allowed(from("https://example.com", "example.com:"), open_to_all));
}

TEST(Origin, OtherPagesMayNot) {
  for (const char* origin :
       {"https://evil.example", "https://example.com.evil.example", "https://example.com:8443",
        "http://example.com:443", "https://sub.example.com", "null", "example.com", "https://",
        "://", "https://example.com/", "https://evil@example.com", "http://localhost:5173",
        "http://127.0.0.1"})
    EXPECT_FALSE(origin_allowed(from(origin, "example.com"), open_to_all)) << origin;
}

TEST(Origin, WhatIsMalformedOrRepeatedIsRefusedEvenWhereAnyIsAllowed) {
  auto o = loopback;
  o.allowed_origins = {"*", "https://example.com", "http://localhost:9001.evil.com", ""};
  for (const char* origin :
       {"http://localhost:9001.evil.com", "http://localhost:x@evil.com", "://localhost",
        "http://[::1].evil.com", "http://[::1", "http://localhost/", "http://a http://b", "x"})
    EXPECT_FALSE(origin_allowed(from(origin, "localhost"), o)) << origin;
  auto empty = from("", "localhost");
  empty.set(field::origin, "");
  EXPECT_FALSE(origin_allowed(empty, o));
  auto request = from("https://example.com", "localhost");
  EXPECT_TRUE(origin_allowed(request, o));
  request.insert(field::origin, "https://example.com");
  EXPECT_FALSE(origin_allowed(request, o));
}

TEST(Origin, OneWithoutAHostIsNotThatOfARequestWithoutOne) {
  request_head old{verb::get, "/events", 10};
  for (const char* origin : {"file://", "null", "http://"}) {
    old.set(field::origin, origin);
    EXPECT_FALSE(origin_allowed(old, open_to_all)) << origin;
    EXPECT_FALSE(origin_allowed(old, loopback)) << origin;
  }
}

TEST(Origin, TheServersOwnHostIsThatOfAnAbsoluteTarget) {
  auto request = from("http://evil.example", "evil.example");
  request.target("http://example.com/ws");
  EXPECT_FALSE(origin_allowed(request, open_to_all));
  request.set(field::origin, "http://example.com");
  EXPECT_TRUE(origin_allowed(request, open_to_all));
}

TEST(Origin, PagesOnLoopbackMayConnectToAServerOnLoopback) {
  for (const char* origin : {"http://localhost:5173", "http://LOCALHOST", "http://app.localhost:80",
                             "http://127.0.0.1:3000", "http://127.8.9.1", "http://[::1]:5173"})
    EXPECT_TRUE(origin_allowed(from(origin, "localhost:9001"), loopback)) << origin;
  for (const char* origin : {"http://localhost.evil.example", "http://evil.example",
                             "http://127.0.0.1.evil.example", "http://notlocalhost", "http://[::2]",
                             "http://.localhost", "http://10.0.0.1", "file://", "null"})
    EXPECT_FALSE(origin_allowed(from(origin, "localhost:9001"), loopback)) << origin;
}

TEST(Origin, OthersMayBeNamed) {
  auto o = open_to_all;
  o.allowed_origins = {"https://app.example.com", "http://other:8080"};
  EXPECT_TRUE(origin_allowed(from("https://app.example.com", "ws.example.com"), o));
  EXPECT_TRUE(origin_allowed(from("http://OTHER:8080", "ws.example.com"), o));
  EXPECT_FALSE(origin_allowed(from("http://app.example.com", "ws.example.com"), o));
  EXPECT_FALSE(origin_allowed(from("http://other", "ws.example.com"), o));
  EXPECT_TRUE(origin_allowed(from("https://app.example.com:443", "ws.example.com"), o));
  o.allowed_origins = {"*"};
  EXPECT_TRUE(origin_allowed(from("https://anybody.example", "ws.example.com"), o));
  EXPECT_TRUE(origin_allowed(from("null", "ws.example.com"), o));
}

TEST(Origin, AStarIsForOneLabelOrMore) {
  auto o = open_to_all;
  o.allowed_origins = {"https://*.example.com", "http://*.example.com:8080"};
  for (const char* origin : {"https://a.example.com", "https://a.b.example.com:443",
                             "HTTPS://A.EXAMPLE.COM", "http://a.example.com:8080"})
    EXPECT_EQ(access(from(origin, "x"), o), origin_access::full) << origin;
  for (const char* origin :
       {"https://example.com", "https://.example.com", "https://..example.com",
        "https://aexample.com", "https://a.example.com.evil.example", "https://a.example.com:8443",
        "http://a.example.com", "https://a.example.org", "https://com", "null"})
    EXPECT_FALSE(origin_allowed(from(origin, "x"), o)) << origin;
}

TEST(Origin, OnlyOneThatIsNamedHasCredentials) {
  auto o = open_to_all;
  o.allowed_origins = {"*", "https://app.example.com"};
  EXPECT_EQ(access(from("https://app.example.com", "x"), o), origin_access::full);
  EXPECT_EQ(access(from("https://evil.example", "x"), o), origin_access::without_credentials);
  EXPECT_EQ(access(from("https://x", "x"), o), origin_access::without_credentials) << "its own";
  EXPECT_EQ(access(from("", "x"), o), origin_access::without_credentials) << "a program";
  EXPECT_EQ(access(from("http://localhost:1", "localhost"), loopback),
            origin_access::without_credentials);
  o.allowed_origins = {"null"};
  EXPECT_EQ(access(from("null", "x"), o), origin_access::none) << "any page can have it";
}

TEST(Origin, ThePortOfTheSchemeMayBeNamed) {
  auto o = open_to_all;
  o.allowed_origins = {"https://app.example.com:443", "http://app.example.com:80"};
  EXPECT_EQ(access(from("https://app.example.com", "x"), o), origin_access::full);
  EXPECT_EQ(access(from("http://app.example.com", "x"), o), origin_access::full);
}

TEST(Host, IsGivenOnceAndWellFormed) {
  EXPECT_EQ(requested_host(from("", "Example.com:443")), "Example.com");
  EXPECT_EQ(requested_host(from("", "localhost:")), "localhost");
  for (const unsigned version : {10U, 11U}) {
    for (const char* text : {"localhost:80.evil.com", "[::1].evil.com", "[::1", ":", ":80", "[",
                             "localhost@evil.com", "localhost/", "a b", "localhost:x"}) {
      auto request = from("", text);
      request.version(version);
      EXPECT_EQ(requested_host(request), "400") << text;
    }
    request_head empty{verb::get, "/", version};
    empty.set(field::host, "");
    EXPECT_EQ(requested_host(empty), "400");
    auto twice = from("", "localhost");
    twice.version(version);
    twice.insert(field::host, "localhost");
    EXPECT_EQ(requested_host(twice), "400");
  }
  EXPECT_EQ(requested_host({verb::get, "/", 11}), "400");
  EXPECT_EQ(requested_host({verb::get, "/", 10}), "") << "HTTP/1.0 may have none";
}

TEST(Host, IsThatOfAnAbsoluteTarget) {
  auto request = from("", "localhost");
  for (const auto& [target, host] : {std::pair{"http://evil.example/ws", "evil.example"},
                                     {"https://a:1?b", "a"},
                                     {"http://[::1].evil/", "400"},
                                     {"http://localhost@evil/", "400"},
                                     {"http:///ws", "400"},
                                     {"http://localhost#/", "400"},
                                     {"/http://evil/", "localhost"}}) {
    request.target(target);
    EXPECT_EQ(requested_host(request), host) << target;
  }
  request.target("http://localhost/ws");
  request.set(field::host, "a b");
  EXPECT_EQ(requested_host(request), "400") << "Host must be valid nevertheless";
  const request_head old{verb::get, "http://evil.example/", 10};
  EXPECT_EQ(requested_host(old), "evil.example");
}

TEST(Host, AServerOnLoopbackHasLoopbackNamesOnly) {
  for (const char* host : {"localhost", "127.0.0.1", "[::1]", "LocalHost", "[0:0:0:0:0:0:0:1]"})
    EXPECT_TRUE(host_allowed(host, loopback)) << host;
  for (const char* host :
       {"evil.example", "localhost.evil.example", "10.0.0.1", "[::2]", "127.0.0.1.evil.example",
        "127.1", "0x7f000001", "2130706433", "..localhost", "localhost."})
    EXPECT_FALSE(host_allowed(host, loopback)) << host;
  EXPECT_TRUE(host_allowed("", loopback)) << "HTTP/1.0 has none";
}

TEST(Host, OthersMayBeNamed) {
  auto o = loopback;
  o.allowed_hosts = {"app.example.com", "[2001:db8::1]", "not a host"};
  EXPECT_TRUE(host_allowed("App.example.com", o));
  EXPECT_TRUE(host_allowed("[2001:db8:0::1]", o));
  EXPECT_FALSE(host_allowed("other.example.com", o));
}

TEST(Host, AServerThatListensElsewhereHasAnyName) {
  EXPECT_TRUE(host_allowed("anything.example", open_to_all));
}

TEST(OriginPattern, IsAnOriginOrAny) {
  for (const char* text : {"*", "https://app.example.com", "http://localhost:5173",
                           "http://[::1]:80", "chrome-extension://abcdef"})
    EXPECT_TRUE(is_origin_pattern(text)) << text;
  for (const char* text :
       {"", "app.example.com", "https://", "https://a/", "https://a b", "://a", "https://a@b",
        "null", "https://a:b", "https://[::1", "https://[::1%25lo]", "https://a, https://b"})
    EXPECT_FALSE(is_origin_pattern(text)) << text;
}

}  // namespace
}  // namespace ws_demo
