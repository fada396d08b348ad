#include "http/presented_token.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ws_demo {
namespace {

using boost::beast::http::field;
using boost::beast::http::verb;

request_head asking(const std::string& target = "/") {
  return request_head{verb::get, target, 11};
}

std::string presented(const request_head& request, const options& o = {},
                      origin_access from = origin_access::full) {
  return presented_token(request, o, from);
}

options with_cookie() {
  options o;
  o.token_cookie = "tk";
  return o;
}

TEST(PresentedToken, TheFirstWayCounts) {
  auto o = with_cookie();
  o.token_in_query = true;
  auto request = asking("/?access_token=query");
  EXPECT_EQ(presented(request, o), "query");
  request.set(field::origin, "https://a.example");
  request.set(field::cookie, "tk=cookie");
  EXPECT_EQ(presented(request, o), "cookie");
  request.set(field::sec_websocket_protocol, "bearer.subprotocol");
  EXPECT_EQ(presented(request, o), "subprotocol");
  request.set(field::authorization, "Bearer field");
  EXPECT_EQ(presented(request, o), "field");
}

TEST(PresentedToken, AnotherSchemeIsNone) {
  auto request = asking();
  request.set(field::authorization, "Basic bearer");
  EXPECT_EQ(presented(request), "");
  request.set(field::sec_websocket_protocol, "bearer, bearerx, Bearer.y, x.bearer.z");
  EXPECT_EQ(presented(request), "");
}

TEST(PresentedToken, ACookieIsFoundByItsWholeName) {
  for (const char* cookies : {"", "tk", "tk=", "xtk=1", "tkx=1", "a=tk=1", "TK=1", "a=1; b=2"}) {
    auto request = asking();
    request.set(field::origin, "https://a.example");
    request.set(field::cookie, cookies);
    EXPECT_EQ(presented(request, with_cookie()), "") << cookies;
  }
  for (const char* cookies : {"tk=1", "a=2; tk=1", "a=2;tk=1;b=3", "tk=\"1\"", "tk=1; tk=2"}) {
    auto request = asking();
    request.set(field::origin, "https://a.example");
    request.set(field::cookie, cookies);
    EXPECT_EQ(presented(request, with_cookie()), "1") << cookies;
  }
}

TEST(PresentedToken, ACookieNeedsAnOriginThatIsNamedOrOwn) {
  auto request = asking();
  request.set(field::host, "push.example:8080");
  request.set(field::cookie, "tk=1");
  const auto any = origin_access::without_credentials;
  EXPECT_EQ(presented(request, with_cookie(), any), "");
  request.set("Sec-Fetch-Site", "same-origin");
  EXPECT_EQ(presented(request, with_cookie(), any), "1");
  for (const char* origin : {"null", "https://push.example", "https://evil.example:8080", "x"}) {
    request.set(field::origin, origin);
    EXPECT_EQ(presented(request, with_cookie(), any), "") << origin;
  }
  request.set(field::origin, "https://push.example:8080");
  EXPECT_EQ(presented(request, with_cookie(), any), "1");
}

TEST(PresentedToken, TheQueryIsReadOnlyWhereThatIsAllowed) {
  options o;
  EXPECT_EQ(presented(asking("/?access_token=1"), o), "");
  o.token_in_query = true;
  EXPECT_EQ(presented(asking("/events?topic=t&access_token=1&x=2"), o), "1");
  for (const char* target : {"/", "/?", "/?access_token", "/?access_token=", "/access_token=1",
                             "/?xaccess_token=1", "/?x=access_token=1"})
    EXPECT_EQ(presented(asking(target), o), "") << target;
}

}  // namespace
}  // namespace ws_demo
