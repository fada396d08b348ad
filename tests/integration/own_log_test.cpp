// A log of the program's own: what server and log owe each other.

#include "net/asio.hpp"
#include "publish_fixture.hpp"
#include "raw_client.hpp"
#include "test_server.hpp"
#include "ws_demo/event_log.hpp"

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ws_demo::testing {
namespace {

/// Keeps events as long as the test does, and numbers only every tenth. Each is stored in a later
/// turn of the loop; the topic "refused" never is.
class vector_log final : public event_log {
 public:
  struct kept {
    std::uint64_t number;
    entry what;
  };

  void open(reader& to) override {
    reader_ = &to;
    to.begin("own", all.empty() ? 0 : all.back().number);
    for (const auto& k : all) give(k);
  }
  void append(std::vector<entry> events, handler done) override {
    waiting_.push_back({std::move(events), std::move(done)});
  }
  void forget(std::string_view /*topic*/, std::uint64_t /*number*/) noexcept override {}
  task<void> run() override {
    for (; !stopped_; co_await asio::post(no_throw)) {
      for (auto& next : std::exchange(waiting_, {})) next.done(store(std::move(next.events)));
    }
  }
  void stop() override { stopped_ = true; }

  std::vector<kept> all;

 private:
  struct job {
    std::vector<entry> events;
    handler done;
  };

  result store(std::vector<entry> events) {
    if (events.front().topic == "refused") return {.number = 0, .subscribers = 0, .why = "no"};
    result last;
    for (auto& e : events) {
      all.push_back({all.empty() ? 10 : all.back().number + 10, std::move(e)});
      last = {.number = all.back().number, .subscribers = give(all.back()), .why = {}};
    }
    return last;
  }
  std::size_t give(const kept& k) {
    return reader_->take(
        {k.number, k.what.topic, k.what.payload, std::chrono::system_clock::now()});
  }

  reader* reader_ = nullptr;
  std::vector<job> waiting_;
  bool stopped_ = false;
};

options with(const std::shared_ptr<vector_log>& log) {
  auto o = publishing();
  o.own_event_log = log;
  return o;
}

TEST(OwnLog, StoresWhatIsPublishedInWhateverWay) {
  const auto log = std::make_shared<vector_log>();
  test_server server(with(log));
  raw_client client(server.port());
  EXPECT_EQ(client.subscribe("/?topic=*"), "own:0");
  server.publish("t", "1");
  EXPECT_EQ(client.read_frame().payload, R"({"topic":"t","payload":1,"id":"own:10"})");
  const std::string lines = R"({"topic":"a","payload":2})"
                            "\n"
                            R"({"topic":"b","payload":3})";
  raw_client publisher(server.port());
  publisher.send(request_to_publish("/publish", lines));
  const auto bulk = publisher.read_answer();
  EXPECT_TRUE(bulk.ends_with(R"({"id":"own:30","count":2})")) << bulk;
  EXPECT_EQ(client.read_frame().id(), "own:20");
  EXPECT_EQ(client.read_frame().id(), "own:30");
  publisher.send(request_to_publish("/topics/refused", "4"));
  const auto refused = publisher.read_answer();
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 503 ")) << refused;
  EXPECT_NE(refused.find("The event log has failed: no."), std::string::npos) << refused;
  raw_client next(server.port());
  next.send(request_to_publish("/topics/t", "5"));
  EXPECT_TRUE(next.read_answer().ends_with(R"({"id":"own:40","subscribers":1})"));
}

TEST(OwnLog, FillsTheHistoryOfTheNextServer) {
  const auto log = std::make_shared<vector_log>();
  log->all = {{5, {"t", "1"}}, {7, {"t", "2"}}};
  const test_server server(with(log));
  raw_client client(server.port());
  EXPECT_EQ(client.subscribe("/?topic=t&since=own:5"), "own:5");
  EXPECT_EQ(client.read_frame().payload, R"({"topic":"t","payload":2,"id":"own:7"})");
  EXPECT_EQ(client.read_frame().payload,
            R"({"topic":"$recovered","payload":{"count":1},"id":"own:7"})");
}

}  // namespace
}  // namespace ws_demo::testing
