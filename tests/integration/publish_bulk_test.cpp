// Publishing many events at once over HTTP.

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

class PublishLines : public publish_fixture {};

TEST_F(PublishLines, ManyLinesAreTakenWholeOrNotAtAll) {
  raw_client client(server.port());
  client.subscribe("/?topic=*");
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
         publisher_token + "\r\nContent-Length: " + std::to_string(lines.size()) + "\r\n\r\n" +
         lines;
}

/// As much as a request may hold, which is many times what may wait for a peer, from several at
/// once: one that reads loses nothing, for the events go out as fast as it takes them.
TEST(PublishMany, AtOnceIsNotTooMuchForAPeer) {
  auto o = publishing();
  o.max_queue_bytes = 65536;
  o.max_unsent_bytes = std::size_t{4} << 20;
  o.max_bulk_bytes = std::size_t{256} << 10;
  const test_server server(o);
  raw_client client(server.port());
  client.subscribe("/?topic=*");
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
  o.max_unsent_bytes = std::size_t{4} << 20;
  const test_server server(o);
  raw_client client(server.port());
  client.subscribe("/?topic=t");
  constexpr int count = 60;
  const std::string payload = '"' + std::string(60'000, 'x') + '"';
  const std::string request =
      "POST /topics/t HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Authorization: Bearer " +
      publisher_token + "\r\nContent-Length: " + std::to_string(payload.size()) + "\r\n\r\n" +
      payload;
  std::vector<std::unique_ptr<raw_client>> publishers;
  for (int i = 0; i < count; ++i) {
    publishers.push_back(std::make_unique<raw_client>(server.port()));
    publishers.back()->send(request.substr(0, request.size() - 1));
  }
  for (const auto& publisher : publishers) publisher->send(request.substr(request.size() - 1));
  for (int i = 0; i < count; ++i)
    ASSERT_TRUE(client.read_frame().payload.starts_with(R"({"topic":"t")")) << i;
}

}  // namespace
}  // namespace ws_demo::testing
