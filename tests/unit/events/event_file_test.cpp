#include "events/event_file.hpp"

#include "scratch_database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;
using std::chrono::system_clock;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class EventFile : public ::testing::Test {
 protected:
  EventFile() { reopen(); }

  void reopen(bool sync = false) {
    file.reset();
    file = std::make_unique<event_file>(database.path(), sync, most_topics);
  }
  void append(std::uint64_t number, const std::string& topic, const std::string& payload = "1") {
    file->append({number, topic, payload, now});
  }
  /// "topic payload number", and "-topic number" for what is gone.
  std::vector<std::string> all() {
    std::vector<std::string> found;
    file->read(
        [&](std::string_view topic, std::uint64_t number) {
          found.push_back(
              std::string("-").append(topic).append(" ").append(std::to_string(number)));
        },
        [&](const event_log::event& e) {
          found.push_back(std::string(e.topic).append(" ").append(e.payload).append(" ").append(
              std::to_string(e.number)));
          EXPECT_EQ(e.at, now);
        });
    return found;
  }
  /// What is said when the file is opened.
  std::string error() {
    file.reset();
    try {
      reopen();
    } catch (const std::runtime_error& e) {
      return e.what();
    }
    return "";
  }

  static constexpr std::size_t most_topics = 1000;
  const system_clock::time_point now =
      std::chrono::floor<std::chrono::milliseconds>(system_clock::now());
  testing::scratch_database database;
  std::unique_ptr<event_file> file;
};

TEST_F(EventFile, KeepsWhatWasCommitted) {
  const auto epoch = file->epoch();
  EXPECT_EQ(file->newest(), 0U);
  file->begin();
  append(1, "a", R"({"x": 1.10, "y":"ü"})");
  append(5, "b");
  file->commit();
  reopen();
  EXPECT_EQ(file->epoch(), epoch);
  EXPECT_EQ(file->newest(), 5U);
  EXPECT_THAT(all(), ElementsAre(R"(a {"x": 1.10, "y":"ü"} 1)", "b 1 5"));
}

TEST_F(EventFile, HasNothingOfWhatWasNot) {
  file->begin();
  append(1, "a");
  file->rollback();
  EXPECT_EQ(file->newest(), 0U);
  file->begin();
  append(1, "a");
  reopen();  // in the middle of it
  EXPECT_EQ(file->newest(), 0U);
  EXPECT_THAT(all(), IsEmpty());
}

TEST_F(EventFile, NumbersGoOnWhenNothingIsLeft) {
  file->begin();
  append(7, "a");
  file->drop("a", 7);
  file->commit();
  reopen();
  EXPECT_EQ(file->newest(), 7U);
  EXPECT_THAT(all(), ElementsAre("-a 7"));
}

TEST_F(EventFile, RemembersTheNewestOfEachTopicThatWasDropped) {
  file->begin();
  for (std::uint64_t n = 1; n <= 4; ++n) append(n, n % 2 == 0 ? "even" : "odd");
  file->drop("odd", 1);
  file->drop("even", 2);
  file->drop("odd", 3);
  file->commit();
  EXPECT_THAT(all(), ElementsAre("even 1 4", "-even 2", "-odd 3"));
}

TEST_F(EventFile, OfTooManyTopicsTheOlderHalfBecomesOneNumber) {
  constexpr std::uint64_t many = 20'000;
  file->begin();
  for (std::uint64_t n = 1; n <= many; ++n)
    file->drop(std::string("t").append(std::to_string(n)), n);
  file->commit();
  file->tidy();
  EXPECT_EQ(database.ask("SELECT number FROM dropped WHERE topic = ''"),
            static_cast<std::int64_t>(many / 2 + 1));
  EXPECT_EQ(database.ask("SELECT number FROM dropped WHERE topic = 't20000'"),
            static_cast<std::int64_t>(many));
}

TEST_F(EventFile, GivesBackWhatHasBecomeFree) {
  const std::string large(1000, 'x');
  file->begin();
  for (std::uint64_t n = 1; n <= 20'000; ++n) append(n, "t", large);
  file->commit();
  file->begin();
  for (std::uint64_t n = 1; n <= 20'000; ++n) file->drop("t", n);
  file->commit();
  for (int i = 0; i < 100; ++i) file->tidy();
  file.reset();
  EXPECT_LT(std::filesystem::file_size(database.path()), 6U << 20);
}

TEST_F(EventFile, CanBeReadByOthersMeanwhile) {
  file->begin();
  append(1, "a");
  file->commit();
  EXPECT_EQ(database.ask("SELECT count(*) FROM event"), 1);
}

TEST_F(EventFile, BelongsToOneProcess) {
  EXPECT_THAT([&] { event_file(database.path(), false, most_topics); },
              ::testing::ThrowsMessage<std::runtime_error>(
                  "cannot open the event log " + database.path() + ": another server uses it"));
}

TEST_F(EventFile, SaysWhatItCannotUse) {
  database.run("PRAGMA user_version = 99");
  EXPECT_THAT(error(), HasSubstr("its schema is version 99, and this program's is version 1"));
  database.run("PRAGMA application_id = 1");
  EXPECT_THAT(error(), HasSubstr("it is another program's database"));
  database.run("PRAGMA application_id = 2004051053; PRAGMA user_version = 1");
  {
    testing::scratch_database::user other(database.path());
    other.run("BEGIN EXCLUSIVE");
    EXPECT_THAT(error(), HasSubstr("database is locked"));
  }
  EXPECT_EQ(error(), "");
  database.run("UPDATE setting SET value = 'a:b' WHERE name = 'epoch'");
  EXPECT_THAT(error(), HasSubstr("its epoch is not valid"));
  file.reset();
  std::ofstream(database.path()) << std::string(5000, 'x');
  EXPECT_THAT(error(), HasSubstr("file is not a database"));
  EXPECT_THAT([&] { event_file("/no/such/folder/file", false, most_topics); },
              ::testing::ThrowsMessage<std::runtime_error>(HasSubstr("No such file or directory")));
}

/// What was acknowledged may be gone then, and its numbers are given again.
TEST_F(EventFile, AfterAPowerCutTheEpochIsAnotherUnlessEachCommitWasOnTheDisk) {
  const auto cut_power = [this] {
    database.run("UPDATE setting SET value = 'x' WHERE name = 'boot'");
  };
  auto epoch = file->epoch();
  file.reset();  // as a process that is killed leaves it
  cut_power();
  reopen(/*sync=*/true);
  EXPECT_NE(file->epoch(), epoch);
  epoch = file->epoch();
  file.reset();
  cut_power();
  reopen();
  EXPECT_EQ(file->epoch(), epoch);
}

}  // namespace
}  // namespace ws_demo
