// Who may subscribe and publish, by signed token.

#include "http_get.hpp"
#include "publish_fixture.hpp"
#include "raw_client.hpp"
#include "stream_client.hpp"
#include "test_server.hpp"
#include "token_file.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;

class Token : public ::testing::Test {
 protected:
  /// The status of a request for a WebSocket, 101 where it was opened.
  static int opened(const test_server& by, const std::string& target, const std::string& fields) {
    raw_client client(by.port());
    try {
      client.open(target, fields);
      return 101;
    } catch (const std::runtime_error&) {
      raw_client again(by.port());
      return std::stoi(again.open_in_vain(target, fields).substr(9, 3));
    }
  }
  static int streamed(const test_server& by, const std::string& query, const std::string& fields) {
    stream_client client(by.port());
    return std::stoi(client.ask(query, fields).substr(9, 3));
  }
  int opened(const std::string& target, const std::string& fields = "") const {
    return opened(server, target, fields);
  }

  token_keys keys;
  test_server server{guarded(keys)};
};

TEST_F(Token, ATopicNeedsOne) {
  raw_client socket(server.port());
  const auto answer = socket.open_in_vain("/?topic=random&topic=news");
  EXPECT_TRUE(is(answer, 401)) << answer;
  EXPECT_NE(answer.find("\r\nWWW-Authenticate: Bearer realm=\"ws-demo\"\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("Topic news needs a token.\n")) << answer;
  EXPECT_EQ(streamed(server, "?topic=news", ""), 401);
  EXPECT_EQ(opened("/?topic=news", bearer(keys.sign_for({"news"}))), 101);
  EXPECT_EQ(streamed(server, "?topic=news", bearer(keys.sign_for({"news"}))), 200);
}

TEST_F(Token, AWrongOneIsNamedSo) {
  raw_client socket(server.port());
  const auto answer = socket.open_in_vain("/?topic=news", bearer("nonsense"));
  EXPECT_TRUE(is(answer, 401)) << answer;
  EXPECT_NE(answer.find("WWW-Authenticate: Bearer realm=\"ws-demo\", error=\"invalid_token\"\r\n"),
            std::string::npos)
      << answer;
  EXPECT_EQ(answer.find("nonsense"), std::string::npos);
}

TEST_F(Token, PublicTopicsNeedNone) {
  EXPECT_EQ(opened("/"), 101);
  EXPECT_EQ(opened("/", bearer("nonsense")), 101);
  auto o = guarded(keys);
  o.public_topics = {"news.*", "weather"};
  const test_server other(o);
  EXPECT_EQ(opened(other, "/?topic=news.a&topic=news.b.*&topic=weather", ""), 101);
  for (const char* query : {"", "?topic=*", "?topic=news", "?topic=weather&topic=sport"})
    EXPECT_EQ(opened(other, std::string("/") + query, ""), 401) << query;
  // The token need not grant what is public.
  EXPECT_EQ(opened(other, "/?topic=weather&topic=sport", bearer(keys.sign_for({"sport"}))), 101);
}

TEST_F(Token, AWantedPatternMustBeGranted) {
  const auto token = bearer(keys.sign_for({"a", "b.*", "c.d.*"}));
  for (const char* query : {"topic=a", "topic=b.x", "topic=b.*", "topic=b.x.*&topic=a",
                            "topic=c.d.e", "topic=b.x&topic=random"})
    EXPECT_EQ(opened(std::string("/?") + query, token), 101) << query;
  for (const char* query : {"topic=*", "topic=b", "topic=a.*", "topic=a.b", "topic=c.*",
                            "topic=c.d", "topic=a&topic=e", "topic=bb.x"})
    EXPECT_EQ(opened(std::string("/?") + query, token), 403) << query;
  EXPECT_EQ(opened("/?topic=*", bearer(keys.sign_for({"*"}))), 101);
  raw_client socket(server.port());
  const auto answer = socket.open_in_vain("/?topic=a&topic=e", token);
  EXPECT_TRUE(answer.ends_with("The token does not allow subscribing to e.\n")) << answer;
}

TEST_F(Token, ComesInEachWayThatIsAllowed) {
  auto o = guarded(keys);
  o.token_cookie = "session";
  o.token_in_query = true;
  o.allowed_origins = {"https://app.example.com", "https://*.example.org"};
  const test_server any(o);
  const auto token = keys.sign_for({"t"});
  const auto cookie = "Cookie: a=b; session=" + token + "; session2=x\r\n";
  const std::string own = "Origin: http://localhost\r\n";
  for (const auto& fields : std::vector<std::string>{
           "Authorization: bearer  " + token + "\r\n",
           "Sec-WebSocket-Protocol: bearer." + token + "\r\n",
           "Sec-WebSocket-Protocol: ws-demo.v1\r\nSec-WebSocket-Protocol: x, bearer." + token +
               "\r\n",
           own + cookie, "Origin: https://app.example.com\r\n" + cookie,
           "Origin: https://a.example.org\r\n" + cookie,
           "Sec-Fetch-Site: same-origin\r\n" + cookie})
    EXPECT_EQ(opened(any, "/?topic=t", fields), 101) << fields;
  EXPECT_EQ(opened(any, "/?topic=t&access_token=" + token, ""), 101);
  EXPECT_EQ(streamed(any, "?access_token=" + token + "&topic=t", ""), 200);
  // Unless they are allowed, neither cookies nor queries count.
  EXPECT_EQ(opened("/?topic=t", own + cookie), 401);
  EXPECT_EQ(opened("/?topic=t&access_token=" + token), 401);
}

TEST_F(Token, ACookieIsNotTakenFromPagesThatMerelyMayConnect) {
  auto o = guarded(keys);
  o.token_cookie = "session";
  o.allowed_origins = {"*"};
  const test_server open_to_all(o);
  const auto cookie = "Cookie: session=" + keys.sign_for({"t"}) + "\r\n";
  for (const char* from : {"", "Origin: https://evil.example\r\n", "Origin: null\r\n",
                           "Origin: http://localhost:5173\r\n", "Sec-Fetch-Site: cross-site\r\n",
                           "Sec-Fetch-Site: none\r\n",
                           "Origin: https://evil.example\r\nSec-Fetch-Site: same-origin\r\n"})
    EXPECT_EQ(opened(open_to_all, "/?topic=t", from + cookie), 401) << from;
  EXPECT_EQ(opened(open_to_all, "/?topic=t", "Origin: http://localhost\r\n" + cookie), 101);
}

TEST_F(Token, TimesAreComparedWithTheSkewOfClocks) {
  const auto token_with = [&](const char* name, std::chrono::seconds from_now) {
    auto claims = claims_to_subscribe({"t"});
    claims[name] = seconds_from_now(from_now);
    return bearer(keys.sign(claims));
  };
  EXPECT_EQ(opened("/?topic=t", token_with("exp", -10s)), 101);
  EXPECT_EQ(opened("/?topic=t", token_with("exp", -40s)), 401);
  EXPECT_EQ(opened("/?topic=t", token_with("nbf", 10s)), 101);
  EXPECT_EQ(opened("/?topic=t", token_with("nbf", 60s)), 401);
  auto o = guarded(keys);
  o.token_clock_skew = 0s;
  const test_server strict(o);
  EXPECT_EQ(opened(strict, "/?topic=t", token_with("exp", -1s)), 401);
  EXPECT_EQ(opened(strict, "/?topic=t", token_with("nbf", 60s)), 401);
}

TEST_F(Token, AudienceAndIssuerMustBeTheOnesOfTheServer) {
  auto o = guarded(keys);
  o.token_audience = "push";
  o.token_issuer = "https://id.example";
  const test_server particular(o);
  auto claims = claims_to_subscribe({"t"});
  EXPECT_EQ(opened(particular, "/?topic=t", bearer(keys.sign(claims))), 401);
  claims["aud"] = {"other", "push"};
  EXPECT_EQ(opened(particular, "/?topic=t", bearer(keys.sign(claims))), 401);
  claims["iss"] = "https://id.example";
  EXPECT_EQ(opened(particular, "/?topic=t", bearer(keys.sign(claims))), 101);
  EXPECT_EQ(opened("/?topic=t", bearer(keys.sign(claims))), 401);  // for another audience
}

TEST_F(Token, MayPublish) {
  const std::map<std::string, std::string> fields{
      {"Authorization",
       "Bearer " + keys.sign({{"exp", seconds_from_now(1h)}, {"publish", {"a", "b.*"}}})}};
  const auto ask = [&](const std::string& path, const std::string& body, const auto& with) {
    raw_client client(server.port());
    client.send(request_to_publish(path, body, with));
    return client.read_answer();
  };
  const auto line = [](const std::string& topic) {
    return R"({"topic":")" + topic + R"(","payload":1})" + "\n";
  };
  raw_client subscribed(server.port());
  subscribed.subscribe("/?topic=*", bearer(keys.sign_for({"*"})));
  const auto first = id_in(ask("/topics/a", "1", fields));
  EXPECT_EQ(subscribed.read_frame().payload, event_with_id("a", "1", first));
  EXPECT_TRUE(is(ask("/publish", line("b.x") + line("a"), fields), 200));
  EXPECT_TRUE(is(ask("/topics/b", "1", fields), 403));
  const auto bulk = ask("/publish", line("a") + line("c"), fields);
  EXPECT_TRUE(is(bulk, 403));
  EXPECT_TRUE(bulk.ends_with("Line 2: publishing on c is not allowed.\n")) << bulk;
  server.publish("d", "1");
  for (const char* topic : {"b.x", "a", "d"})  // nothing of the last bulk
    EXPECT_NE(subscribed.read_frame().payload.find(std::string("\"") + topic + '"'),
              std::string::npos);
  for (const auto& token : {keys.sign_for({"*"}), std::string("nonsense"), std::string("x.y.z")})
    for (const char* path : {"/topics/a", "/publish"})
      EXPECT_TRUE(is(ask(path, line("a"),
                         std::map<std::string, std::string>{{"Authorization", "Bearer " + token}}),
                     token.size() > 20 ? 403 : 401));
  EXPECT_TRUE(
      is(ask("/topics/a", "1", std::map<std::string, std::string>{{"Authorization", ""}}), 401));
}

TEST_F(Token, ThePublishTokenIsOneToo) {
  auto o = guarded(keys);
  o.publish_token = publisher_token;
  const test_server both(o);
  raw_client client(both.port());
  client.send(request_to_publish("/topics/a", "1"));
  EXPECT_TRUE(is(client.read_answer(), 200));
  EXPECT_EQ(opened(both, "/?topic=t", bearer(publisher_token)), 401);
}

}  // namespace
}  // namespace ws_demo::testing
