// Missed events: replays, gaps, and what a slow peer lost.

#include "deadline.hpp"
#include "program.hpp"
#include "publish_fixture.hpp"
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

class Replay : public publish_fixture {};

TEST_F(Replay, WhatWasMissedIsReplayed) {
  const auto seen = published("t", "1");
  const auto second = published("t", "2");
  published("other", "0");
  const auto third = published("t", "3");
  raw_client back(server.port());
  back.subscribe("/?topic=t&since=" + seen);
  EXPECT_EQ(back.read_frame().payload, event_with_id("t", "2", second));
  EXPECT_EQ(back.read_frame().payload, event_with_id("t", "3", third));
  EXPECT_EQ(back.read_frame().payload, event_with_id("$recovered", R"({"count":2})", third));
  const auto live = published("t", "4");
  EXPECT_EQ(back.read_frame().payload, event_with_id("t", "4", live));

  raw_client newest(server.port());
  newest.subscribe("/?topic=t&last=1");
  EXPECT_EQ(newest.read_frame().payload, event_with_id("t", "4", live));
  EXPECT_EQ(newest.read_frame().payload, event_with_id("$recovered", R"({"count":1})", live));
}

TEST_F(Replay, WhatIsGoneIsSaid) {
  const auto id = published("t", "1");
  raw_client back(server.port());
  back.open("/?topic=t&since=0:1");
  const auto gap = back.read_frame();
  EXPECT_TRUE(gap.payload.starts_with(R"({"topic":"$gap","payload":{"reason":)"));
  EXPECT_EQ(gap.id(), id.substr(0, id.find(':')) + ":0");
  EXPECT_EQ(back.read_frame().payload, event_with_id("t", "1", id)) << "and then what there is";
  EXPECT_EQ(back.read_frame().payload, event_with_id("$recovered", R"({"count":1})", id));
}

/// More than a send queue may hold, while more comes: nothing is lost, and nothing comes twice.
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
    publisher.send("POST /publish HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
                   publisher_token + "\r\nContent-Type: application/x-ndjson\r\nContent-Length: " +
                   std::to_string(lines.size()) + "\r\n\r\n" + lines);
    return publisher.read_answer();
  };
  const auto answer = publish(1);
  std::smatch epoch;
  ASSERT_TRUE(std::regex_search(answer, epoch, std::regex(R"re("id":"([0-9a-f]+):)re")));
  publish(2000);
  raw_client back(server.port(), 4096);
  back.subscribe("/?topic=t&since=" + std::string(epoch[1]) + ":1");
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
  live.subscribe("/?topic=t");
  constexpr std::array<std::size_t, 6> sizes{100, 31'000, 60'000, 60'000, 200, 65'400};
  for (const std::size_t size : sizes) {
    server.publish("t", '"' + std::string(size, 'x') + '"');
    EXPECT_GT(live.read_frame().payload.size(), size);
  }
  for (const char* position : {"last=10", "since=x:1"}) {
    raw_client back(server.port());
    back.open(std::string("/?topic=t&") + position);
    const bool has_gap = std::string_view(position).starts_with("since");
    EXPECT_TRUE(back.read_frame().payload.starts_with(has_gap ? R"({"topic":"$gap")"
                                                              : R"({"topic":"$position")"));
    for (const std::size_t size : sizes) EXPECT_GT(back.read_frame().payload.size(), size);
    EXPECT_TRUE(back.read_frame().payload.starts_with(
        R"({"topic":"$recovered","payload":{"count":6},"id":)"));
  }
}

/// With drop-oldest, a peer that was too slow knows by $lost after which event it has to ask again.
TEST(Recovery, WhatWasDroppedIsBroughtBack) {
  auto o = publishing();
  o.max_queue_bytes = 100'000;
  o.slow_peers = slow_policy::drop_oldest;
  test_server server(o);
  constexpr int count = 200;
  const std::string filling(50'000, 'x');
  raw_client slow(server.port(), 4096);
  slow.subscribe("/?topic=t");
  raw_client prompt(server.port());
  prompt.subscribe("/?topic=t");
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
    const auto got = slow.read_frame();
    if (got.payload.starts_with(R"({"topic":"$lost")")) break;
    EXPECT_EQ(number(got.payload), next++);
    last_id = got.id();
  }
  raw_client back(server.port());
  back.subscribe("/?topic=t&since=" + last_id);
  while (next < count) ASSERT_EQ(number(back.read_frame().payload), next++);
}

/// What is dropped while a peer that reads slowly is being told of it: no number is missing without
/// a $gap before the next.
class RecoveryOfASlowPeer : public ::testing::TestWithParam<std::string> {};

TEST_P(RecoveryOfASlowPeer, SaysWhatGoesMeanwhile) {
  auto o = publishing();
  o.history_events = 100;
  test_server server(o);
  int published = 0;
  const auto publish = [&](int count) {
    const std::string filling(60'000, 'x');
    for (int i = 0; i < count; ++i)
      server.publish("t", '[' + std::to_string(++published) + ",\"" + filling + "\"]");
  };
  raw_client first(server.port());
  first.subscribe("/?topic=t");
  publish(1);
  const auto id = first.read_frame().id();
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

}  // namespace
}  // namespace ws_demo::testing
