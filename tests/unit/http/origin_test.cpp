#include "http/origin.hpp"

#include <gtest/gtest.h>

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

bool origin_allowed(const request_head& request, const options& o) {
  return ws_demo::origin_allowed(request, o, o.host.is_loopback());
}

bool host_allowed(const request_head& request, const options& o) {
  return ws_demo::host_allowed(request, o, o.host.is_loopback());
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
}

TEST(Origin, OtherPagesMayNot) {
  for (const char* origin :
       {"https://evil.example", "https://example.com.evil.example", "https://example.com:8443",
        "http://example.com:443", "https://sub.example.com", "null", "example.com", "https://",
        "://", "https://example.com/", "https://evil@example.com", "http://localhost:5173",
        "http://127.0.0.1"})
    EXPECT_FALSE(origin_allowed(from(origin, "example.com"), open_to_all)) << origin;
}

TEST(Origin, TwoOfThemAreNone) {
  auto request = from("https://example.com", "example.com");
  request.insert(field::origin, "https://evil.example");
  EXPECT_FALSE(origin_allowed(request, open_to_all));
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
  o.allowed_origins = {"*"};
  EXPECT_TRUE(origin_allowed(from("https://anybody.example", "ws.example.com"), o));
  EXPECT_TRUE(origin_allowed(from("null", "ws.example.com"), o));
}

TEST(Host, AServerOnLoopbackHasLoopbackNamesOnly) {
  for (const char* host :
       {"localhost", "localhost:9001", "127.0.0.1:9001", "[::1]:9001", "LocalHost"})
    EXPECT_TRUE(host_allowed(from("", host), loopback)) << host;
  for (const char* host : {"evil.example", "evil.example:9001", "localhost.evil.example",
                           "10.0.0.1", "[::2]:9001", "[", ":", "[]", "127.0.0.1.evil.example"})
    EXPECT_FALSE(host_allowed(from("", host), loopback)) << host;
  EXPECT_TRUE(host_allowed(from("", ""), loopback)) << "HTTP/1.0 has none";
}

TEST(Host, OthersMayBeNamed) {
  auto o = loopback;
  o.allowed_hosts = {"app.example.com"};
  EXPECT_TRUE(host_allowed(from("", "App.example.com:443"), o));
  EXPECT_FALSE(host_allowed(from("", "other.example.com"), o));
}

TEST(Host, AServerThatListensElsewhereHasAnyName) {
  EXPECT_TRUE(host_allowed(from("", "anything.example"), open_to_all));
}

TEST(OriginPattern, IsAnOriginOrAny) {
  for (const char* text : {"*", "https://app.example.com", "http://localhost:5173"})
    EXPECT_TRUE(is_origin_pattern(text)) << text;
  for (const char* text :
       {"", "app.example.com", "https://", "https://a/", "https://a b", "://a", "https://a@b"})
    EXPECT_FALSE(is_origin_pattern(text)) << text;
}

}  // namespace
}  // namespace ws_demo
