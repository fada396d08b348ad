#include "http/routing.hpp"

#include <gtest/gtest.h>

namespace ws_demo {
namespace {

namespace http = boost::beast::http;
using http::field;
using http::status;
using http::verb;

request_head get(std::string_view target, verb method = verb::get) {
  request_head request{method, target, 11};
  request.set(field::host, "localhost");
  return request;
}

request_head handshake(std::string_view target) {
  auto request = get(target);
  request.set(field::connection, "keep-alive, Upgrade");
  request.set(field::upgrade, "websocket");
  request.set(field::sec_websocket_version, "13");
  request.set(field::sec_websocket_key, "dGhlIHNhbXBsZSBub25jZQ==");
  return request;
}

const static_files no_page;

/// With the built-in page, and nothing else.
resources little() {
  resources here;
  here.page = &no_page;
  return here;
}

response answer_to(const request_head& request, bool has_body = false) {
  auto result = route(request, has_body, little());
  if (std::holds_alternative<websocket_request>(result)) {
    ADD_FAILURE() << "upgraded";
    return {};
  }
  return std::get<response>(result);
}

bool upgraded(const request_head& request) {
  return std::holds_alternative<websocket_request>(route(request, false, little()));
}

TEST(Routing, OtherProtocolsMayBeOfferedBesides) {  // RFC 9110 section 7.8
  auto request = handshake("/");
  for (const auto* const offers : {"h2c, websocket", "foo/1, WebSocket", "websocket,foo/1"}) {
    request.set(field::upgrade, offers);
    EXPECT_TRUE(upgraded(request)) << offers;
  }
  request.set(field::upgrade, "websocket/13, websockets");
  EXPECT_FALSE(upgraded(request));
}

TEST(Routing, AHandshakeIsUpgradedAtTheRootAndAtWs) {
  EXPECT_TRUE(upgraded(handshake("/")));
  EXPECT_TRUE(upgraded(handshake("/ws")));
  EXPECT_TRUE(upgraded(handshake("/ws?topic=random")));
  EXPECT_TRUE(upgraded(handshake("http://localhost:9001/ws")));
  EXPECT_TRUE(upgraded(handshake("HTTP://localhost:9001/ws")));
  EXPECT_TRUE(upgraded(handshake("http://localhost:9001")));
  EXPECT_TRUE(upgraded(handshake("http://localhost:9001?topic=/x")));
}

TEST(Routing, AHandshakeAnywhereElseIs404) {
  for (const char* target : {"/healthz", "/ws/", "//", "/WS", "*", "ws", ""})
    EXPECT_EQ(answer_to(handshake(target)).result(), status::not_found) << target;
}

TEST(Routing, AHandshakeMustBeGet) {
  auto request = handshake("/");
  request.method(verb::post);
  const auto answer = answer_to(request);
  EXPECT_EQ(answer.result(), status::method_not_allowed);
  EXPECT_EQ(answer[field::allow], "GET");
}

TEST(Routing, AnotherVersionOfWebSocketIs426) {
  for (const char* version : {"8", "", "13, 8"}) {
    auto request = handshake("/");
    request.set(field::sec_websocket_version, version);
    const auto answer = answer_to(request);
    EXPECT_EQ(answer.result(), status::upgrade_required) << version;
    EXPECT_EQ(answer[field::sec_websocket_version], "13");
  }
}

TEST(Routing, ABadKeyIs400) {
  for (const char* key : {"", "short==", "dGhlIHNhbXBsZSBub25jZQ=!", "dGhlIHNhbXBsZSBub25jZQ",
                          "dGhl IHNhbXBsZSBub25jZ==", "dGhlIHNhbXBsZSBub25jZQAAAA=="}) {
    auto request = handshake("/");
    request.set(field::sec_websocket_key, key);
    EXPECT_EQ(answer_to(request).result(), status::bad_request) << key;
  }
  auto twice = handshake("/");
  twice.insert(field::sec_websocket_key, "dGhlIHNhbXBsZSBub25jZQ==");
  EXPECT_EQ(answer_to(twice).result(), status::bad_request);
}

TEST(Routing, AnHttp10RequestCannotUpgrade) {
  auto request = handshake("/ws");
  request.version(10);
  EXPECT_EQ(answer_to(request).result(), status::upgrade_required);
}

TEST(Routing, AnotherProtocolIsNotAnUpgrade) {
  auto request = handshake("/healthz");
  request.set(field::upgrade, "h2c");
  EXPECT_EQ(answer_to(request).result(), status::ok);
}

TEST(Routing, PlainRequestToTheWebSocketPathIs426) {
  const auto answer = answer_to(get("/ws"));
  EXPECT_EQ(answer.result(), status::upgrade_required);
  EXPECT_EQ(answer[field::upgrade], "websocket");
  EXPECT_EQ(answer[field::connection], "Upgrade");
}

TEST(Routing, HealthIsOk) {
  const auto answer = answer_to(get("/healthz"));
  EXPECT_EQ(answer.result(), status::ok);
  EXPECT_EQ(*answer.body(), "ok");
  EXPECT_EQ(answer[field::content_length], "2");
  EXPECT_EQ(answer_to(get("/healthz?verbose")).result(), status::ok);
  EXPECT_EQ(*answer_to(get("/readyz")).body(), "ready");
}

TEST(Routing, MetricsWhereThereAreSome) {
  const metrics counts;
  auto here = little();
  here.counts = &counts;
  const auto found = std::get<response>(route(get("/metrics"), false, here));
  EXPECT_EQ(found.result(), status::ok);
  EXPECT_TRUE(found[field::content_type].starts_with("text/plain; version=0.0.4"));
  EXPECT_EQ(answer_to(get("/metrics")).result(), status::not_found);
}

TEST(Routing, OperatorsGetNeitherPageNorWebSocket) {
  const auto at = [](const request_head& request) {
    return std::get<response>(route(request, false, {})).result();
  };
  EXPECT_EQ(at(get("/healthz")), status::ok);
  EXPECT_EQ(at(get("/")), status::not_found);
  EXPECT_EQ(at(get("/ws")), status::not_found);
  EXPECT_EQ(at(handshake("/ws")), status::not_found);
}

TEST(Routing, NotReadyIsSaid) {
  auto here = little();
  here.not_ready = "draining";
  const auto found = std::get<response>(route(get("/readyz"), false, here));
  EXPECT_EQ(found.result(), status::service_unavailable);
  EXPECT_EQ(*found.body(), "draining\n");
}

TEST(Routing, TheRootIsAPage) {
  const auto answer = answer_to(get("/"));
  EXPECT_EQ(answer.result(), status::ok);
  EXPECT_EQ(answer[field::content_type], "text/html; charset=utf-8");
  EXPECT_NE(answer["Content-Security-Policy"].size(), 0U);
  EXPECT_NE(answer.body()->find("new WebSocket"), std::string::npos);
}

TEST(Routing, HeadIsAnsweredLikeGet) {
  const auto whole = answer_to(get("/"));
  const auto head = answer_to(get("/", verb::head));
  EXPECT_EQ(head.result(), status::ok);
  EXPECT_EQ(head[field::content_length], whole[field::content_length]);
}

TEST(Routing, OtherMethodsAre405AndSayWhich) {
  for (const auto method : {verb::post, verb::put, verb::delete_, verb::options, verb::unknown})
    for (const char* target : {"/", "/healthz"}) {
      const auto answer = answer_to(get(target, method), true);
      EXPECT_EQ(answer.result(), status::method_not_allowed);
      EXPECT_EQ(answer[field::allow], "GET, HEAD");
    }
  EXPECT_EQ(answer_to(get("/ws", verb::head))[field::allow], "GET");
}

TEST(Routing, OtherPathsAre404) {
  for (const char* target : {"/nothing", "/../etc/passwd", "/healthz/", "", "*", "http:/"})
    EXPECT_EQ(answer_to(get(target)).result(), status::not_found) << target;
}

TEST(Routing, ABodyNobodyReadsIs413) {
  EXPECT_EQ(answer_to(get("/"), true).result(), status::payload_too_large);
  EXPECT_EQ(answer_to(handshake("/"), true).result(), status::payload_too_large);
}

TEST(Routing, EveryAnswerHasADateAndATypeThatIsNotGuessed) {
  for (const char* target : {"/", "/healthz", "/nothing"}) {
    const auto answer = answer_to(get(target));
    EXPECT_TRUE(answer[field::date].ends_with(" GMT"));
    EXPECT_EQ(answer["X-Content-Type-Options"], "nosniff");
  }
}

}  // namespace
}  // namespace ws_demo
