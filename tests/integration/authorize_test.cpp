// A decision of the program's own on who may (server::on_authorize()).

#include "http_get.hpp"
#include "publish_fixture.hpp"
#include "raw_client.hpp"
#include "stream_client.hpp"
#include "test_server.hpp"
#include "token_file.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <stdexcept>
#include <string>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;

using decision_now = std::function<access_decision(const access_request&)>;

auto deciding(decision_now decide) {
  return [decide = std::move(decide)](server& s) { s.on_authorize(decide); };
}

std::string answer_to_upgrade(const test_server& server, const std::string& target,
                              const std::string& fields = "") {
  raw_client client(server.port());
  return client.open_in_vain(target, fields);
}

TEST(Authorize, GetsWhatTheRequestIs) {
  std::promise<access_request> promised;
  auto o = quiet();
  o.allowed_origins = {"https://app.example.com"};
  const test_server server(o, deciding([&](const access_request& r) {
                             promised.set_value(r);
                             return r.built_in;
                           }));
  raw_client client(server.port());
  client.subscribe("/ws?topic=a&topic=b.*&x=y",
                   "Origin: https://app.example.com\r\nX-Who: ann\r\nX-Who: bob\r\n");
  const auto r = promised.get_future().get();
  EXPECT_EQ(r.action, access_action::subscribe);
  EXPECT_EQ(r.address.to_string(), "127.0.0.1");
  EXPECT_EQ(r.origin, "https://app.example.com");
  EXPECT_EQ(r.target, "/ws?topic=a&topic=b.*&x=y");
  EXPECT_EQ(r.topics, (std::vector<std::string>{"a", "b.*"}));
  const std::vector<std::pair<std::string, std::string>> whose{{"X-Who", "ann"}, {"X-Who", "bob"}};
  EXPECT_TRUE(std::ranges::search(r.headers, whose)) << r.headers.size();
  EXPECT_EQ(r.built_in.refusal, 0U);
  EXPECT_EQ(r.built_in.topics, r.topics);
}

TEST(Authorize, MayRefuse) {
  const test_server server(quiet(), deciding([](const access_request&) {
                             return access_decision::refuse(403, "Not \"today\",\nann.");
                           }));
  const auto answer = answer_to_upgrade(server, "/");
  EXPECT_TRUE(is(answer, 403)) << answer;
  EXPECT_TRUE(answer.ends_with("Not \"today\",?ann.\n")) << answer;
  EXPECT_TRUE(is(get(server.port(), "/events"), 403));
  EXPECT_TRUE(is(get(server.port(), "/healthz"), 200));
  raw_client client(server.port());
  client.open("/", "Sec-WebSocket-Protocol: ws-demo.v1\r\n");
  EXPECT_EQ(client.read_frame().close_code(), 4403);
}

TEST(Authorize, StatusesThatAreNoRefusalAreForbidden) {
  for (const unsigned status : {1U, 200U, 399U, 600U, 420U}) {
    const test_server server(quiet(), deciding([status](const access_request&) {
                               return access_decision::refuse(status, "No.");
                             }));
    EXPECT_TRUE(is(answer_to_upgrade(server, "/"), 403)) << status;
  }
  const test_server server(quiet(), deciding([](const access_request&) {
                             return access_decision::refuse(429, "Later.");
                           }));
  EXPECT_TRUE(is(answer_to_upgrade(server, "/"), 429));
}

TEST(Authorize, MayNarrow) {
  test_server server(quiet(), deciding([](const access_request& r) {
                       return access_decision::allow({r.topics.front(), "ann.*"});
                     }));
  raw_client client(server.port());
  client.subscribe("/?topic=news&topic=*");
  for (const char* topic : {"other", "ann.mail", "random", "news"}) server.publish(topic, "1");
  EXPECT_NE(client.read_frame().payload.find("ann.mail"), std::string::npos);
  EXPECT_NE(client.read_frame().payload.find("news"), std::string::npos);
}

/// As when several that are wanted become one.
TEST(Authorize, ATopicMayBeThereTwice) {
  test_server server(quiet(), deciding([](const access_request&) {
                       return access_decision::allow({"t", "*", "t", "a.*", "a.*", "*"});
                     }));
  for (int i = 0; i < 2; ++i) {
    raw_client client(server.port());
    client.subscribe("/?topic=t&topic=u");
    server.publish("t", "1");
    EXPECT_NE(client.read_frame().payload.find("payload"), std::string::npos);
    client.send(opcode::close, "");
    EXPECT_EQ(client.read_frame().op, opcode::close);
  }
}

TEST(Authorize, WithoutTopicsNothingIsAllowed) {
  const test_server server(quiet(),
                           deciding([](const access_request&) { return access_decision(); }));
  EXPECT_TRUE(is(answer_to_upgrade(server, "/"), 403));
  const test_server wrong(quiet(), deciding([](const access_request&) {
                            return access_decision::allow({"not a topic"});
                          }));
  EXPECT_TRUE(is(answer_to_upgrade(wrong, "/"), 503));
}

TEST(Authorize, GetsWhatTheTokenAllows) {
  const token_keys keys;
  const test_server server(guarded(keys), deciding([](const access_request& r) {
                             if (r.target == "/?topic=open")
                               return access_decision::allow(r.topics);
                             return r.built_in;
                           }));
  raw_client client(server.port());
  client.subscribe("/?topic=open");
  EXPECT_TRUE(is(answer_to_upgrade(server, "/?topic=t"), 401));
  raw_client with_token(server.port());
  with_token.subscribe("/?topic=t", bearer(keys.sign_for({"t"})));
}

TEST(Authorize, GetsWhatATokenGrantsThatDoesNotAllowAll) {
  const token_keys keys;
  auto claims = claims_to_subscribe({"a", "b.*"});
  claims["sub"] = "ann";
  test_server server(guarded(keys), deciding([](const access_request& r) {
                       EXPECT_EQ(r.built_in.refusal, 403U);
                       EXPECT_EQ(r.built_in.subject, "ann");
                       EXPECT_TRUE(r.built_in.expires.has_value());
                       auto narrowed = r.built_in;
                       narrowed.refusal = 0;
                       return narrowed;
                     }));
  raw_client client(server.port());
  client.subscribe("/?topic=*", bearer(keys.sign(claims)));
  for (const char* topic : {"c", "b.x"}) server.publish(topic, "1");
  EXPECT_NE(client.read_frame().payload.find("b.x"), std::string::npos);
}

TEST(Authorize, DecidesOnPublishing) {
  const test_server server(publishing(), deciding([](const access_request& r) {
                             EXPECT_EQ(r.action, access_action::publish);
                             EXPECT_EQ(r.built_in.refusal, 401U);
                             return access_decision::allow({"a"});
                           }));
  const auto ask = [&](const std::string& path, const std::string& body) {
    raw_client client(server.port());
    client.send(request_to_publish(path, body, {{"Authorization", ""}}));
    return client.read_answer();
  };
  EXPECT_TRUE(is(ask("/topics/a", "1"), 200));
  EXPECT_TRUE(is(ask("/topics/b", "1"), 403));
  EXPECT_TRUE(is(ask("/publish", "{\"topic\":\"a\",\"payload\":1}\n"), 200));
  EXPECT_TRUE(is(ask("/publish", "{\"topic\":\"b\",\"payload\":1}\n"), 403));
}

TEST(Authorize, MaySayWhenItEnds) {
  const test_server server(quiet(), deciding([](const access_request& r) {
                             auto yes = access_decision::allow(r.topics);
                             yes.expires = std::chrono::system_clock::now() + 1s;
                             return yes;
                           }));
  raw_client client(server.port());
  client.subscribe("/?topic=t");
  EXPECT_EQ(client.read_frame().close_code(), 1008);
  for (const auto when :
       {std::chrono::system_clock::time_point::min(), std::chrono::system_clock::now() - 1s}) {
    const test_server late(quiet(), deciding([when](const access_request& r) {
                             auto yes = access_decision::allow(r.topics);
                             yes.expires = when;
                             return yes;
                           }));
    EXPECT_TRUE(is(answer_to_upgrade(late, "/"), 401));
  }
}

/// From another status, an EventSource would never come back.
TEST(Authorize, ARefusalForNowIsOneThatAnEventSourceComesBackFrom) {
  for (const unsigned status : {429U, 503U}) {
    const test_server server(quiet(), deciding([status](const access_request&) {
                               return access_decision::refuse(status, "Later.");
                             }));
    stream_client source(server.port());
    const auto head = source.ask("", "Accept: text/event-stream\r\n");
    EXPECT_TRUE(head.starts_with("HTTP/1.1 200 ")) << head;
    EXPECT_NE(source.read_until("\n\n").find("retry: "), std::string::npos);
    EXPECT_NE(source.read_until("\n\n").find(R"("reason":"Later.")"), std::string::npos);
    const auto answer = answer_to_upgrade(server, "/");
    EXPECT_NE(answer.find("\r\nRetry-After: 5\r\n"), std::string::npos) << answer;
  }
}

TEST(Authorize, WhatItThrowsIsARefusalForNow) {
  const test_server server(quiet(), deciding([](const access_request&) -> access_decision {
                             throw std::runtime_error("secret");
                           }));
  const auto answer = answer_to_upgrade(server, "/");
  EXPECT_TRUE(is(answer, 503)) << answer;
  EXPECT_EQ(answer.find("secret"), std::string::npos);
  const test_server other(quiet(),
                          deciding([](const access_request&) -> access_decision { throw 1; }));
  EXPECT_TRUE(is(answer_to_upgrade(other, "/"), 503));
}

}  // namespace
}  // namespace ws_demo::testing
