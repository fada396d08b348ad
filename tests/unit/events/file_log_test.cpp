#include "events/file_log.hpp"

#include "common/memory_budget.hpp"
#include "deadline.hpp"
#include "events/hub.hpp"
#include "events/publisher.hpp"
#include "events/replay.hpp"
#include "scratch_database.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using outcome = publish_result::outcome;

/// What a server has to do with its log.
struct server_part {
  explicit server_part(asio::io_context& io, const options& o)
      : limits(o), center(io.get_executor(), limits, memory), log(io.get_executor(), limits) {
    center.past().on_dropped(
        [this](std::string_view topic, std::uint64_t number) { log.forget(topic, number); });
    log.open(center);
    asio::co_spawn(io, log.run(), asio::detached);
  }

  /// The numbers of the events that a subscriber would get that has seen those up to `after`.
  std::vector<std::uint64_t> replayed(const std::vector<std::string>& patterns,
                                      std::uint64_t after) {
    std::vector<std::uint64_t> numbers;
    replay missed(center.past(), patterns, after, 0);
    for (bool is_last = false; !is_last;) {
      const auto page = missed.next(65536, 0);
      for (const auto& e : page.events)
        numbers.push_back(std::stoull(e->id.substr(e->id.find(':') + 1)));
      is_last = page.is_last;
    }
    return numbers;
  }

  const options& limits;
  metrics counts;
  limited_log lines{counts};
  memory_budget memory{std::size_t{1} << 30};
  hub center;
  file_log log;
};

class FileLog : public ::testing::Test {
 protected:
  FileLog() {
    limits.event_log_file = database.path();
    start();
  }

  void start() {
    part = std::make_unique<server_part>(io, limits);
    to = std::make_unique<publisher>(io.get_executor(), limits, part->center, part->log,
                                     part->counts, part->lines);
  }
  void stop() {
    part->log.stop();
    run_until([] { return false; });
    to.reset();
    part.reset();
  }
  void restart() {
    stop();
    start();
  }
  /// Runs until then, or there is nothing more to do.
  template <class Condition>
  void run_until(const Condition& condition) {
    io.restart();
    const auto give_up = steady_clock::now() + testing::patience;
    while (!condition() && steady_clock::now() < give_up && io.run_one_until(give_up) > 0) {
    }
  }
  publish_result wait_for(task<publish_result> coroutine) {
    publish_result result{.what = outcome::stopped, .id = {}, .why = "never"};
    bool is_done = false;
    asio::co_spawn(io, std::move(coroutine), [&](const std::exception_ptr&, publish_result r) {
      result = std::move(r);
      is_done = true;
    });
    run_until([&] { return is_done; });
    return result;
  }
  publish_result publish(const std::string& topic, const std::string& payload = "1") {
    return wait_for(to->publish(topic, payload, {"test", "test"}));
  }
  static task<publish_result> all_of(publisher& p, std::vector<event_log::entry> events) {
    publisher::batch all(p);
    std::size_t text_bytes = 0;
    for (const auto& e : events) text_bytes += heap_bytes_of(e);
    co_await all.add_all(std::move(events), text_bytes, {"test", "test"});
    co_return co_await all.wait();
  }

  asio::io_context io{1};
  testing::scratch_database database;
  options limits;
  std::unique_ptr<server_part> part;
  std::unique_ptr<publisher> to;
};

TEST_F(FileLog, AnEventIsInTheFileBeforeItIsAcknowledgedAndDelivered) {
  const auto result = publish("t", R"({"x": 1.10})");
  EXPECT_TRUE(result);
  EXPECT_EQ(result.id, (event_id{part->center.epoch(), 1}));
  EXPECT_EQ(
      database.ask("SELECT number FROM event WHERE topic = 't' AND payload = '{\"x\": 1.10}'"), 1);
  EXPECT_THAT(part->replayed({"t"}, 0), ElementsAre(1U));
}

TEST_F(FileLog, ARestartLosesNothingAndIdsGoOn) {
  const auto epoch = part->center.epoch();
  for (int i = 0; i < 3; ++i) publish("t");
  restart();
  EXPECT_EQ(part->center.epoch(), epoch);
  EXPECT_EQ(part->center.position(), (event_id{epoch, 3}));
  EXPECT_THAT(part->replayed({"t"}, 1), ElementsAre(2U, 3U));
  EXPECT_FALSE(part->center.past().has_gap({"*"}, 0));
  EXPECT_EQ(publish("t").id.number, 4U);
}

TEST_F(FileLog, TheLimitsOfTheHistoryAreThoseOfTheFile) {
  limits.history_events = 2;
  for (int i = 0; i < 5; ++i) publish("busy");
  publish("quiet");
  stop();
  EXPECT_EQ(database.ask("SELECT count(*) FROM event"), 3);
  EXPECT_EQ(database.ask("SELECT number FROM dropped WHERE topic = 'busy'"), 3);
  limits.history_events = 1;
  start();
  EXPECT_THAT(part->replayed({"*"}, 0), ElementsAre(5U, 6U));
  EXPECT_TRUE(part->center.past().has_gap({"busy"}, 3));
  EXPECT_FALSE(part->center.past().has_gap({"busy"}, 4));
  EXPECT_FALSE(part->center.past().has_gap({"quiet"}, 0));
  stop();
  EXPECT_EQ(database.ask("SELECT count(*) FROM event"), 2);
}

TEST_F(FileLog, AnEventAgesWhileNoServerRuns) {
  limits.history_age = 1h;
  publish("t");
  stop();
  database.run("UPDATE event SET published_ms = published_ms - 3700000");
  start();
  part->center.past().expire(steady_clock::now());
  EXPECT_THAT(part->replayed({"t"}, 0), IsEmpty());
  EXPECT_TRUE(part->center.past().has_gap({"t"}, 0));
}

TEST_F(FileLog, ManyAreStoredTogetherOrNotAtAll) {
  const std::vector<event_log::entry> some(100, {"t", "1"});
  EXPECT_EQ(wait_for(all_of(*to, some)).id.number, 100U);
  database.run(
      "CREATE TRIGGER refuses BEFORE INSERT ON event WHEN new.number = 150 "
      "BEGIN SELECT raise(ABORT, 'the disk is full'); END");
  const auto failed = wait_for(all_of(*to, some));
  EXPECT_EQ(failed.what, outcome::not_stored);
  EXPECT_EQ(failed.why, "the disk is full");
  EXPECT_EQ(database.ask("SELECT count(*) FROM event"), 100);
  EXPECT_EQ(part->counts.refused["log"], 1U);
  database.run("DROP TRIGGER refuses");
  EXPECT_EQ(wait_for(all_of(*to, some)).id.number, 200U);
}

TEST_F(FileLog, WhileItIsLockedNothingIsStoredAndThenItGoesOn) {
  testing::scratch_database::user other(database.path());
  other.run("BEGIN EXCLUSIVE");
  const auto result = publish("t");
  EXPECT_EQ(result.what, outcome::not_stored);
  EXPECT_EQ(result.why, "database is locked");
  EXPECT_THAT(part->replayed({"*"}, 0), IsEmpty()) << "and nobody was told of it";
  other.run("COMMIT");
  EXPECT_EQ(publish("t").id.number, 1U);
}

TEST_F(FileLog, WhatCannotBeDroppedIsTriedAgainButHoldsUpNoEnd) {
  limits.history_events = 1;
  database.run(
      "CREATE TRIGGER refuses BEFORE DELETE ON event BEGIN SELECT raise(ABORT, 'no'); END");
  for (int i = 0; i < 3; ++i) publish("t");
  stop();
  database.run("DROP TRIGGER refuses");
  start();
  stop();
  EXPECT_EQ(database.ask("SELECT count(*) FROM event"), 1);
}

TEST_F(FileLog, ManyThatFailedTogetherAreAnsweredOneATurn) {
  testing::scratch_database::user other(database.path());
  other.run("BEGIN EXCLUSIVE");
  int answers = 0;
  for (int i = 0; i < 100; ++i) part->log.append({{"t", "1"}}, [&](const auto&) { ++answers; });
  int before = 0;
  int most = 0;
  run_until([&] {
    most = std::max(most, answers - std::exchange(before, answers));
    return answers == 100;
  });
  EXPECT_EQ(answers, 100);
  EXPECT_EQ(most, 1);
}

TEST_F(FileLog, WhatWaitsWhenItStopsIsStored) {
  std::vector<std::uint64_t> numbers;
  for (int i = 0; i < 10; ++i)
    part->log.append({{"t", "1"}}, [&](const auto& r) { numbers.push_back(r.number); });
  stop();
  EXPECT_EQ(numbers.size(), 10U);
  EXPECT_EQ(database.ask("SELECT count(*) FROM event"), 10);
}

TEST_F(FileLog, WhatWaitsWhenItIsDestroyedIsStoredToo) {
  part->log.append({{"t", "1"}}, [](const auto&) { FAIL() << "nobody is there to be told"; });
  to.reset();
  io.stop();
  part.reset();
  EXPECT_EQ(database.ask("SELECT count(*) FROM event"), 1);
}

TEST_F(FileLog, PublishersWaitWhileTooMuchIsToBeStored) {
  limits.max_publish_queue_bytes = 1;
  testing::scratch_database::user other(database.path());
  other.run("BEGIN EXCLUSIVE");
  int stored = 0;
  const auto count = [&](const std::exception_ptr&, const publish_result& r) {
    stored += r ? 1 : 0;
  };
  for (int i = 0; i < 3; ++i) asio::co_spawn(io, to->publish("t", "1", {"test", "test"}), count);
  io.restart();
  io.poll();
  EXPECT_LT(part->counts.event_log_bytes, 1200U)
      << "one is in the log, the others wait for their turn";
  other.run("COMMIT");
  run_until([&] { return stored == 3; });
  EXPECT_EQ(stored, 3);
}

}  // namespace
}  // namespace ws_demo
