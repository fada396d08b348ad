// Publishing over HTTP, to those who have subscribed and to those who come back.

#include "deadline.hpp"
#include "program.hpp"
#include "raw_client.hpp"
#include "test_server.hpp"

#include <gtest/gtest.h>

#include <array>
#include <future>
#include <map>
#include <memory>
#include <regex>
#include <string>
#include <vector>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;

const std::string token = "a token that nobody guesses";

options publishing() {
  auto o = quiet();
  o.publish_token = token;
  return o;
}

class Publish : public ::testing::Test {
 protected:
  /// A request to publish, as it should be but for what is given here.
  static std::string request(const std::string& path, const std::string& body,
                             std::map<std::string, std::string> fields = {}) {
    fields.try_emplace("Host", "localhost");
    fields.try_emplace("Authorization", "Bearer " + token);
    fields.try_emplace("Content-Type",
                       path == "/publish" ? "application/x-ndjson" : "application/json");
    fields.try_emplace("Content-Length", std::to_string(body.size()));
    std::string text = "POST " + path + " HTTP/1.1\r\n";
    for (const auto& [name, value] : fields)
      if (!value.empty()) text.append(name).append(": ").append(value).append("\r\n");
    return text + "\r\n" + body;
  }

  std::string ask(const std::string& path, const std::string& body,
                  std::map<std::string, std::string> fields = {}) const {
    raw_client client(server.port());
    client.send(request(path, body, std::move(fields)));
    return client.read_answer();
  }

  /// The id in an answer that is 200.
  std::string published(const std::string& topic, const std::string& payload) const {
    const auto answer = ask("/topics/" + topic, payload);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
    std::smatch found;
    EXPECT_TRUE(std::regex_search(answer, found, std::regex(R"re("id":"([0-9a-f]+:\d+)")re")))
        << answer;
    return found[1];
  }

  static std::string event(const std::string& topic, const std::string& payload,
                           const std::string& id) {
    return R"({"topic":")" + topic + R"(","payload":)" + payload + R"(,"id":")" + id + R"("})";
  }

  static int status(const std::string& answer) {
    return answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9, 3)) : 0;
  }

  test_server server{publishing()};
};

TEST_F(Publish, ReachesWhoHasSubscribed) {
  raw_client prices(server.port());
  prices.open("/?topic=prices");
  raw_client all(server.port());
  all.open("/ws?topic=*");
  raw_client other(server.port());
  other.open("/?topic=news");
  const auto answer = ask("/topics/prices", " {\"x\": 1e400}\n");
  EXPECT_EQ(status(answer), 200);
  EXPECT_NE(answer.find(R"("subscribers":2)"), std::string::npos) << answer;
  const auto text = prices.read_frame().payload;
  EXPECT_TRUE(text.starts_with(R"({"topic":"prices","payload":{"x": 1e400},"id":")")) << text;
  EXPECT_EQ(all.read_frame().payload, text);
  const auto id = published("news", "1");
  EXPECT_EQ(other.read_frame().payload, event("news", "1", id));
}

TEST_F(Publish, TopicsThatAreNoneAreRefusedOnConnecting) {
  raw_client client(server.port());
  client.send(
      "GET /?topic=$lost HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
      "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  const auto answer = client.read_answer();
  EXPECT_EQ(status(answer), 400);
  EXPECT_NE(answer.find("$lost"), std::string::npos) << answer;
}

TEST_F(Publish, ManyLinesAreTakenWholeOrNotAtAll) {
  raw_client client(server.port());
  client.open("/?topic=*");
  EXPECT_EQ(status(ask("/publish",
                       "{\"topic\":\"a\",\"payload\":1}\n{\"topic\":\"$b\",\"payload\":2}\n")),
            400);
  const auto wrong = ask("/publish", "{\"topic\":\"a\",\"payload\":1}\n\n{\"topic\":\"b\"}\n");
  EXPECT_NE(wrong.find("Line 3"), std::string::npos) << wrong;
  const auto answer =
      ask("/publish", "{\"topic\":\"a\",\"payload\":1}\n\n{\"topic\":\"b\",\"payload\":[2]}");
  EXPECT_EQ(status(answer), 200);
  EXPECT_NE(answer.find(R"("count":2)"), std::string::npos) << answer;
  EXPECT_TRUE(client.read_frame().payload.starts_with(R"({"topic":"a","payload":1,)"));
  EXPECT_TRUE(client.read_frame().payload.starts_with(R"({"topic":"b","payload":[2],)"));
}

std::string bulk_request(const std::string& lines) {
  return "POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
         "Authorization: Bearer " +
         token + "\r\nContent-Length: " + std::to_string(lines.size()) + "\r\n\r\n" + lines;
}

/// As much as a request may hold, which is many times what may wait for a peer, from several at
/// once: one that reads loses nothing, for the events go out as fast as it takes them.
TEST(PublishMany, AtOnceIsNotTooMuchForAPeer) {
  auto o = publishing();
  o.max_queue_bytes = 65536;
  o.max_bulk_bytes = std::size_t{256} << 10;
  const test_server server(o);
  raw_client client(server.port());
  client.open("/?topic=*");
  constexpr int publishers = 4;
  std::vector<std::future<std::string>> answers;
  int count = 0;
  for (int p = 0; p < publishers; ++p) {
    const std::string begin = R"({"topic":")" + std::to_string(p) + R"(","payload":[)";
    std::string lines;
    for (count = 0; lines.size() < o.max_bulk_bytes - 200;)
      lines += begin + std::to_string(++count) + ",\"" + std::string(100, 'x') + "\"]}\n";
    answers.push_back(std::async(std::launch::async, [&server, lines] {
      raw_client publisher(server.port());
      publisher.send(bulk_request(lines));
      return publisher.read_answer();
    }));
  }
  std::map<char, int> got;  // by topic
  for (int i = 0; i < publishers * count; ++i) {
    const auto text = client.read_frame().payload;
    ASSERT_TRUE(text.starts_with(R"({"topic":")")) << text;
    const int due = ++got[text[10]];
    ASSERT_EQ(text.substr(24, text.find(',', 24) - 24), std::to_string(due)) << text;
  }
  for (auto& answer : answers)
    EXPECT_NE(answer.get().find("\"count\":" + std::to_string(count)), std::string::npos);
}

/// The largest events there may be, all of which can be read in the same turn of the loop.
TEST(PublishMany, SingleEventsAtOnceAreNotTooMuchForAPeer) {
  auto o = publishing();
  o.max_queue_bytes = 200'000;
  const test_server server(o);
  raw_client client(server.port());
  client.open("/?topic=t");
  constexpr int count = 60;
  const std::string payload = '"' + std::string(60'000, 'x') + '"';
  const std::string request =
      "POST /topics/t HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Authorization: Bearer " +
      token + "\r\nContent-Length: " + std::to_string(payload.size()) + "\r\n\r\n" + payload;
  std::vector<std::unique_ptr<raw_client>> publishers;
  for (int i = 0; i < count; ++i) {
    publishers.push_back(std::make_unique<raw_client>(server.port()));
    publishers.back()->send(request.substr(0, request.size() - 1));
  }
  for (const auto& publisher : publishers) publisher->send(request.substr(request.size() - 1));
  for (int i = 0; i < count; ++i)
    ASSERT_TRUE(client.read_frame().payload.starts_with(R"({"topic":"t")")) << i;
}

TEST_F(Publish, WhatIsWrongIsSaid) {
  EXPECT_EQ(status(ask("/topics/a", "1", {{"Authorization", ""}})), 401);
  EXPECT_EQ(status(ask("/topics/a", "1", {{"Authorization", "Bearer wrong"}})), 401);
  EXPECT_EQ(status(ask("/topics/a", "1", {{"Authorization", "Bearer " + token + "x"}})), 401);
  EXPECT_EQ(status(ask("/topics/a", "1", {{"Authorization", "Basic " + token}})), 401);
  EXPECT_EQ(status(ask("/topics/a", "1", {{"Authorization", "bearer " + token}})), 200);
  EXPECT_EQ(status(ask("/topics/a", "1", {{"Content-Encoding", "gzip"}})), 415);
  EXPECT_EQ(status(ask("/topics/a", "1", {{"Content-Type", "text/plain"}})), 415);
  EXPECT_EQ(status(ask("/topics/a", "1", {{"Content-Type", "application/json; charset=utf-8"}})),
            200);
  EXPECT_EQ(status(ask("/topics/a", "1", {{"Origin", "https://evil.example"}})), 403);
  EXPECT_EQ(status(ask("/topics/$a", "1")), 400);
  EXPECT_EQ(status(ask("/topics/", "1")), 400);
  EXPECT_EQ(status(ask("/topics/a%2Eb", "1")), 200);
  const auto not_json = ask("/topics/a", "{\n\"x\":y}");
  EXPECT_EQ(status(not_json), 400);
  EXPECT_NE(not_json.find("line 2, column 5"), std::string::npos) << not_json;
  raw_client client(server.port());
  client.send("GET /topics/a HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(status(client.read_answer()), 405);
}

TEST_F(Publish, AnEventOverTheLimitIs413BeforeItIsRead) {
  raw_client client(server.port());
  client.send(request("/topics/a", "", {{"Content-Length", "65537"}}));
  EXPECT_EQ(status(client.read_answer()), 413);
  const std::string largest = '"' + std::string(65534, 'x') + '"';
  EXPECT_EQ(status(ask("/topics/a", largest)), 200);
  raw_client chunked(server.port());
  chunked.send(
      request("/topics/a", "", {{"Content-Length", ""}, {"Transfer-Encoding", "chunked"}}) +
      "20000\r\n" + std::string(0x20000, ' '));
  EXPECT_EQ(status(chunked.read_answer()), 413);
}

TEST_F(Publish, ABodyThatCannotBeReadEndsTheConnection) {
  raw_client client(server.port());
  client.send(request("/topics/a", "", {{"Content-Length", ""}, {"Transfer-Encoding", "chunked"}}) +
              "1\r\n1GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(status(client.read_answer()), 400);
  EXPECT_TRUE(client.at_end());
  raw_client endless(server.port());
  endless.send(
      request("/topics/a", "", {{"Content-Length", ""}, {"Transfer-Encoding", "chunked"}}) + "1;" +
      std::string(200'000, 'x'));
  EXPECT_EQ(status(endless.read_answer()), 400);
}

TEST_F(Publish, ABodyThatIsFramedInAnotherWayEndsTheConnection) {
  const auto expect = [&](const std::string& coding, int code) {
    raw_client client(server.port());
    client.send(request("/topics/a", "", {{"Content-Length", ""}, {"Transfer-Encoding", coding}}) +
                "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(status(client.read_answer()), code) << coding;
    EXPECT_TRUE(client.at_end()) << coding;
  };
  expect("gzip", 400);
  expect("chunked, gzip", 400);
  expect("gzip, chunked", 501);
}

TEST_F(Publish, TheConnectionIsKept) {
  raw_client client(server.port());
  const auto both = request("/topics/a", "1") + request("/topics/a", "2");
  client.send(both);
  EXPECT_EQ(status(client.read_answer()), 200);
  EXPECT_EQ(status(client.read_answer()), 200);
}

TEST_F(Publish, AClientThatAsksFirstIsToldToGoOn) {
  raw_client client(server.port());
  const auto whole = request("/topics/a", "12345", {{"Expect", "100-continue"}});
  client.send(whole.substr(0, whole.size() - 5));
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("12345");
  EXPECT_EQ(status(client.read_answer()), 200);
}

TEST_F(Publish, WhatWasMissedIsReplayed) {
  const auto seen = published("t", "1");
  const auto second = published("t", "2");
  published("other", "0");
  const auto third = published("t", "3");
  raw_client back(server.port());
  back.open("/?topic=t&since=" + seen);
  EXPECT_EQ(back.read_frame().payload, event("t", "2", second));
  EXPECT_EQ(back.read_frame().payload, event("t", "3", third));
  EXPECT_EQ(back.read_frame().payload, R"({"topic":"$recovered","payload":{"count":2}})");
  const auto live = published("t", "4");
  EXPECT_EQ(back.read_frame().payload, event("t", "4", live));

  raw_client newest(server.port());
  newest.open("/?topic=t&last=1");
  EXPECT_EQ(newest.read_frame().payload, event("t", "4", live));
  EXPECT_EQ(newest.read_frame().payload, R"({"topic":"$recovered","payload":{"count":1}})");
}

TEST_F(Publish, WhatIsGoneIsSaid) {
  const auto id = published("t", "1");
  raw_client back(server.port());
  back.open("/?topic=t&since=0:1");
  EXPECT_TRUE(back.read_frame().payload.starts_with(R"({"topic":"$gap","payload":{"reason":)"));
  EXPECT_EQ(back.read_frame().payload, event("t", "1", id)) << "and then what there is";
  EXPECT_EQ(back.read_frame().payload, R"({"topic":"$recovered","payload":{"count":1}})");
}

/// More than an send_queue may hold, while more comes: nothing is lost, and nothing comes twice.
TEST(Recovery, ALongReplayMeetsWhatIsLive) {
  auto o = publishing();
  o.max_queue_bytes = 65536;  // half of it for a page, the other for what comes live
  o.history_events = 5000;
  const test_server server(o);
  raw_client publisher(server.port());
  int number = 0;
  const auto publish = [&](int count) {
    std::string lines;
    for (int i = 0; i < count; ++i)
      lines.append(R"({"topic":"t","payload":)").append(std::to_string(++number)).append("}\n");
    publisher.send("POST /publish HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token +
                   "\r\nContent-Type: application/x-ndjson\r\nContent-Length: " +
                   std::to_string(lines.size()) + "\r\n\r\n" + lines);
    return publisher.read_answer();
  };
  const auto answer = publish(1);
  std::smatch epoch;
  ASSERT_TRUE(std::regex_search(answer, epoch, std::regex(R"re("id":"([0-9a-f]+):)re")));
  publish(2000);
  raw_client back(server.port(), 4096);
  back.open("/?topic=t&since=" + std::string(epoch[1]) + ":1");
  for (int i = 0; i < 20; ++i) publish(10);
  int expected = 2;
  bool recovered = false;
  while (expected <= number || !recovered) {
    const auto text = back.read_frame().payload;
    if (text.starts_with(R"({"topic":"$recovered")")) {
      recovered = true;
      continue;
    }
    ASSERT_TRUE(text.starts_with(R"({"topic":"t","payload":)" + std::to_string(expected) + ","))
        << text << " where " << expected << " was due";
    ++expected;
  }
}

TEST(Recovery, EventsThatFillTheQueueAreNotTooMuchAtOnce) {
  auto o = publishing();
  o.max_queue_bytes = 65536;
  test_server server(o);
  raw_client live(server.port());
  live.open("/?topic=t");
  constexpr std::array<std::size_t, 5> sizes{100, 31'000, 60'000, 60'000, 200};
  for (const std::size_t size : sizes) {
    server.publish("t", '"' + std::string(size, 'x') + '"');
    EXPECT_GT(live.read_frame().payload.size(), size);
  }
  for (const char* position : {"last=10", "since=x:1"}) {
    raw_client back(server.port());
    back.open(std::string("/?topic=t&") + position);
    if (std::string_view(position).starts_with("since")) {
      EXPECT_TRUE(back.read_frame().payload.starts_with(R"({"topic":"$gap")"));
    }
    for (const std::size_t size : sizes) EXPECT_GT(back.read_frame().payload.size(), size);
    EXPECT_EQ(back.read_frame().payload, R"({"topic":"$recovered","payload":{"count":5}})");
  }
}

/// With drop-oldest, a peer that was too slow knows by $lost after which event it has to ask again.
TEST(Recovery, WhatWasDroppedIsBroughtBack) {
  auto o = publishing();
  o.max_queue_bytes = 100'000;
  o.slow_peers = slow_policy::drop_oldest;
  o.write_timeout = patience;
  test_server server(o);
  constexpr int count = 200;
  const std::string filling(50'000, 'x');
  raw_client slow(server.port(), 4096);
  slow.open("/?topic=t");
  raw_client prompt(server.port());
  prompt.open("/?topic=t");
  for (int i = 0; i < count; ++i) {
    server.publish("t", '[' + std::to_string(i) + ",\"" + filling + "\"]");
    prompt.read_frame();
  }
  const auto number = [](const std::string& text) {
    const std::string begin = R"({"topic":"t","payload":[)";
    EXPECT_TRUE(text.starts_with(begin)) << text.substr(0, 100);
    return std::stoi(text.substr(begin.size()));
  };
  std::string last_id;
  int next = 0;
  for (;;) {
    const auto text = slow.read_frame().payload;
    if (text.starts_with(R"({"topic":"$lost")")) break;
    EXPECT_EQ(number(text), next++);
    last_id = text.substr(text.rfind(":\"") + 2);
    last_id.resize(last_id.find('"'));
  }
  raw_client back(server.port());
  back.open("/?topic=t&since=" + last_id);
  while (next < count) ASSERT_EQ(number(back.read_frame().payload), next++);
}

/// What is dropped while a peer that reads slowly is being told of it: no number is missing without
/// a $gap before the next.
class RecoveryOfASlowPeer : public ::testing::TestWithParam<std::string> {};

TEST_P(RecoveryOfASlowPeer, SaysWhatGoesMeanwhile) {
  auto o = publishing();
  o.history_events = 100;
  o.write_timeout = 5 * patience;  // all that comes before it reads again
  test_server server(o);
  int published = 0;
  const auto publish = [&](int count) {
    const std::string filling(60'000, 'x');
    for (int i = 0; i < count; ++i)
      server.publish("t", '[' + std::to_string(++published) + ",\"" + filling + "\"]");
  };
  raw_client first(server.port());
  first.open("/?topic=t");
  publish(1);
  std::string id = first.read_frame().payload;
  id = id.substr(id.rfind(":\"") + 2);
  id.resize(id.find('"'));
  publish(100);
  raw_client back(server.port(), 4096);
  back.open("/?topic=t&" + GetParam() + (GetParam() == "since=" ? id : ""));
  publish(150);
  int gaps = 0;
  bool may_miss = true;  // what was there before
  int last = 0;
  const auto read_one = [&] {
    const auto text = back.read_frame().payload;
    if (text.starts_with(R"({"topic":"$gap")")) {
      ++gaps;
      may_miss = true;
    } else if (text.starts_with(R"({"topic":"t")")) {
      const int number = std::stoi(text.substr(24));
      EXPECT_TRUE(may_miss || number == last + 1) << last << " then " << number;
      may_miss = false;
      last = number;
    }
    return !text.starts_with(R"({"topic":"$recovered")");
  };
  for (int i = 0; i < 10; ++i) read_one();
  publish(50);
  while (read_one()) continue;
  EXPECT_GE(gaps, 1);
  EXPECT_EQ(last, published);
}

INSTANTIATE_TEST_SUITE_P(, RecoveryOfASlowPeer, ::testing::Values("since=", "last=75"));

TEST(PublishingOff, SaysHowToTurnItOn) {
  const test_server server;
  raw_client client(server.port());
  client.send(
      "POST /topics/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
      "Content-Type: application/json\r\n\r\n1");
  const auto answer = client.read_answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 403 ")) << answer;
  EXPECT_NE(answer.find("--publish-token-file"), std::string::npos);
}

TEST(PublishingOff, ATokenTurnsItOn) {
  ws_demo_program server({}, {"WS_DEMO_PUBLISH_TOKEN=secret"});
  raw_client client(server.port());
  client.send(
      "POST /topics/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
      "Authorization: Bearer secret\r\nContent-Type: application/json\r\n\r\n1");
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 200 "));
}

TEST(TooManyTopics, AreRefusedWith507) {
  auto o = publishing();
  o.max_topics_total = 1;
  const test_server server(o);
  const auto publish = [&](const std::string& topic) {
    raw_client client(server.port());
    client.send("POST /topics/" + topic + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n" +
                "Authorization: Bearer " + token + "\r\nContent-Type: application/json\r\n\r\n1");
    return client.read_answer().substr(9, 3);
  };
  EXPECT_EQ(publish("a"), "200");
  EXPECT_EQ(publish("b"), "507");
  EXPECT_EQ(publish("a"), "200");
}

}  // namespace
}  // namespace ws_demo::testing
