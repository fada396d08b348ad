#include "events/nats/jetstream.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <string>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

TEST(JetStream, EachTopicHasASubject) {
  const auto expect = [](const std::string& topic, const std::string& subject) {
    EXPECT_EQ(jetstream::subject_of("s", topic), subject);
    EXPECT_EQ(jetstream::topic_of("s", subject), topic);
  };
  expect("prices", "s.prices");
  expect("a.b/c-d_E1", "s.a.b/c-d_E1");
  expect("a..b", "s.a.~.b");
  expect(".", "s.~.~");
  expect("a.", "s.a.~");
  for (const char* subject : {"s", "s.", "s.*", "s.a.>", "s.$t", "other.t", "st.a", "s.a b", "s.é"})
    EXPECT_FALSE(jetstream::topic_of("s", subject)) << subject;
  EXPECT_FALSE(jetstream::topic_of("s", "s." + std::string(129, 'x')));
}

TEST(JetStream, AMessageSaysWhereItStands) {
  const auto parsed = [](const char* subject) {
    return jetstream::parse_place(subject).value_or(jetstream::place{});
  };
  const auto at = parsed("$JS.ACK.s.consumer.1.42.7.1700000000123456789.5");
  EXPECT_EQ(at.consumer, "consumer");
  EXPECT_EQ(at.number, 42U);
  EXPECT_EQ(at.consumer_number, 7U);
  EXPECT_EQ(at.pending, 5U);
  EXPECT_EQ(std::chrono::floor<std::chrono::milliseconds>(at.at).time_since_epoch(),
            1700000000123ms);
  const auto domain = parsed("$JS.ACK.hub.hash.s.c.1.42.7.1700000000000000000.5.x");
  EXPECT_EQ(domain.consumer, "c");
  EXPECT_EQ(domain.number, 42U);
  for (const char* subject : {"", "a.b", "$JS.ACK.s.c.1.2.3.4", "$JS.FC.s.c.1.2.3.4.5"})
    EXPECT_FALSE(jetstream::parse_place(subject)) << subject;
}

TEST(JetStream, AnAnswerIsANumberOrAFailure) {
  const auto stored = jetstream::parse_stored(R"({"stream":"s","seq":3,"duplicate":true})")
                          .value_or(jetstream::stored{});
  EXPECT_EQ(stored.number, 3U);
  EXPECT_TRUE(stored.is_duplicate);
  EXPECT_FALSE(jetstream::parse_failure(R"({"stream":"s","seq":3})"));
  const auto error = [](int code) {
    return jetstream::parse_failure(
        json{{"error", {{"code", 503}, {"err_code", code}, {"description", "text"}}}}.dump());
  };
  EXPECT_EQ(error(10077).text, "text");
  EXPECT_FALSE(error(10077).is_temporary());
  EXPECT_TRUE(error(10008).is_temporary());
  EXPECT_TRUE(
      jetstream::parse_failure(R"({"error":{"code":503,"description":"raft"}})").is_temporary());
  EXPECT_TRUE(error(10059).means_no_stream());
  EXPECT_TRUE(error(10058).means_name_in_use());
  for (const char* nonsense :
       {"", "x", "[]", "{}", R"({"seq":"x"})", R"({"seq":0})", R"({"error":1})"}) {
    EXPECT_FALSE(jetstream::parse_stored(nonsense)) << nonsense;
    EXPECT_FALSE(jetstream::parse_failure(nonsense)) << nonsense;
    EXPECT_EQ(jetstream::parse_consumer(nonsense), 0U) << nonsense;
    EXPECT_THROW(jetstream::parse_stream(nonsense), std::runtime_error) << nonsense;
  }
}

TEST(JetStream, AMessageIsKnownByItsTime) {
  const auto at = [](std::int64_t since_1970) {
    return jetstream::time_text(
        std::chrono::system_clock::time_point(std::chrono::nanoseconds(since_1970)));
  };
  EXPECT_EQ(at(1'700'000'000'123'456'789), "2023-11-14T22:13:20.123456789Z");
  EXPECT_EQ(at(1'700'000'000'120'000'000), "2023-11-14T22:13:20.12Z");
  EXPECT_EQ(at(1'700'000'000'000'000'000), "2023-11-14T22:13:20Z");
  EXPECT_EQ(jetstream::parse_time(R"({"message":{"seq":1,"time":"2023-11-14T22:13:20Z"}})"),
            "2023-11-14T22:13:20Z");
  EXPECT_FALSE(jetstream::parse_time(R"({"error":{"code":404,"err_code":10037}})"));
}

TEST(JetStream, TheEpochIsInTheDescription) {
  const auto with = [](const std::string& description, const std::string& epoch) {
    const json config{{"name", "s"}, {"description", description}, {"unknown", {1, 2}}};
    const auto changed = json::parse(jetstream::with_epoch(config.dump(), epoch));
    EXPECT_EQ(changed.at("unknown"), config.at("unknown"));
    const json answer{{"config", changed}, {"state", {{"last_seq", 5}}}};
    const auto read = jetstream::parse_stream(answer.dump());
    EXPECT_EQ(read.epoch, epoch);
    EXPECT_EQ(read.last, 5U);
    return changed.at("description").get<std::string>();
  };
  EXPECT_EQ(with("", "1a"), "ws-demo epoch=1a");
  EXPECT_EQ(with("of the shop", "1a"), "of the shop ws-demo epoch=1a");
  EXPECT_EQ(with("ws-demo epoch=1a, of the shop", "2bx1"), "ws-demo epoch=2bx1, of the shop");
  EXPECT_EQ(jetstream::epoch_after("1a"), "1ax1");
  EXPECT_EQ(jetstream::epoch_after("1ax9"), "1ax10");
}

TEST(JetStream, LimitsAreChangedInAStreamOfOurOwn) {
  options o;
  o.history_age = 10s;
  const auto config = jetstream::new_stream(o, "1a");
  EXPECT_EQ(jetstream::unfitness(config, o), "");
  EXPECT_EQ(jetstream::duplicate_window(config), 10s);
  EXPECT_FALSE(jetstream::with_limits(config, o));
  o.history_age = 0ms;
  o.history_bytes = 0;
  const auto changed = json::parse(jetstream::with_limits(config, o).value_or("{}"));
  EXPECT_EQ(changed.value("max_age", 0), 100'000'000) << "0 would be for ever";
  EXPECT_EQ(changed.value("max_bytes", 0), 1 << 20) << "likewise";
  auto foreign = json::parse(config);
  foreign["description"] = "mine ws-demo epoch=1a";
  EXPECT_FALSE(jetstream::with_limits(foreign.dump(), o));
}

TEST(JetStream, SomeStreamsAreNotFit) {
  const options o;
  const auto config = json::parse(jetstream::new_stream(o, "1a"));
  const auto unfitness = [&](const char* setting, const json& value) {
    auto changed = config;
    changed[setting] = value;
    return jetstream::unfitness(changed.dump(), o);
  };
  EXPECT_NE(unfitness("subjects", {"ws_demo.a"}), "");
  EXPECT_NE(unfitness("max_msgs_per_subject", 5), "");
  EXPECT_NE(unfitness("retention", "workqueue"), "");
  EXPECT_NE(unfitness("no_ack", true), "");
  EXPECT_EQ(unfitness("storage", "memory"), "");
}

}  // namespace
}  // namespace ws_demo
