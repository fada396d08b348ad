// Events in a file: what outlives the process, and what is said when the file cannot be used.

#include "program.hpp"
#include "publish_fixture.hpp"
#include "raw_client.hpp"
#include "scratch_database.hpp"
#include "scratch_folder.hpp"
#include "stream_client.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace ws_demo::testing {
namespace {

class EventLog : public ::testing::Test {
 protected:
  EventLog() { start(); }

  void start(const std::vector<std::string>& more = {}) {
    std::vector<std::string> all{"--event-log", database.path(), "--interval", "0"};
    all.insert(all.end(), more.begin(), more.end());
    server = std::make_unique<ws_demo_program>(
        all, std::vector<std::string>{"WS_DEMO_PUBLISH_TOKEN=" + publisher_token});
    server->port();
  }
  void kill() {
    server->signal(SIGKILL);
    server->wait();
  }
  std::string publish(const std::string& topic, const std::string& payload) {
    raw_client client(server->port());
    client.send("POST /topics/" + topic + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
                publisher_token + "\r\nContent-Type: application/json\r\nContent-Length: " +
                std::to_string(payload.size()) + "\r\n\r\n" + payload);
    return client.read_answer();
  }

  scratch_database database;
  std::unique_ptr<ws_demo_program> server;
};

/// What ws-demo says that cannot start with this.
std::string error_of(const std::vector<std::string>& options) {
  ws_demo_program p(options);
  EXPECT_EQ(p.wait(), 1);
  return p.errors();
}

TEST_F(EventLog, WhoComesBackAfterAKillHasMissedNothing) {
  raw_client socket(server->port());
  const auto position = socket.subscribe("/?topic=t");
  stream_client stream(server->port());
  EXPECT_EQ(stream.subscribe("?topic=t"), position);
  EXPECT_NE(publish("t", "1").find("200 OK"), std::string::npos);
  const auto first = socket.read_frame().id();
  EXPECT_NE(publish("t", "2").find("200 OK"), std::string::npos);
  kill();
  start();
  raw_client back(server->port());
  EXPECT_EQ(back.subscribe("/?topic=t&since=" + first), first);
  EXPECT_NE(back.read_frame().payload.find(R"("payload":2,)"), std::string::npos);
  EXPECT_NE(back.read_frame().payload.find(R"("$recovered","payload":{"count":1})"),
            std::string::npos);
  stream_client again(server->port());
  EXPECT_EQ(again.subscribe("?topic=t", "Last-Event-ID: " + position + "\r\n"), position);
  EXPECT_NE(again.read_chunk().find(R"("payload":1,)"), std::string::npos);
  EXPECT_NE(again.read_chunk().find(R"("payload":2,)"), std::string::npos);
}

TEST_F(EventLog, AStopInGoodOrderLeavesOneFile) {
  publish("t", "1");
  server->signal(SIGTERM);
  EXPECT_EQ(server->wait(), 0);
  int files = 0;
  for ([[maybe_unused]] const auto& file :
       std::filesystem::directory_iterator(std::filesystem::path(database.path()).parent_path()))
    ++files;
  EXPECT_EQ(files, 1);
  EXPECT_EQ(database.ask("SELECT count(*) FROM event"), 1);
}

TEST_F(EventLog, ItsFailureIsThePublishersAndNobodyElses) {
  raw_client live(server->port());
  live.subscribe("/?topic=t");
  scratch_database::user other(database.path());
  other.run("BEGIN EXCLUSIVE");
  const auto answer = publish("t", "1");
  EXPECT_NE(answer.find("503 Service Unavailable"), std::string::npos) << answer;
  EXPECT_NE(answer.find("Retry-After: 5"), std::string::npos) << answer;
  EXPECT_NE(answer.find("The event log has failed: database is locked."), std::string::npos)
      << answer;
  other.run("COMMIT");
  EXPECT_NE(publish("t", "2").find("200 OK"), std::string::npos);
  EXPECT_NE(live.read_frame().payload.find(R"("payload":2,)"), std::string::npos);
}

TEST_F(EventLog, AStopDoesNotWaitForWhatCannotBeDropped) {
  kill();
  start({"--history", "1"});
  publish("t", "1");
  publish("t", "2");
  scratch_database::user other(database.path());
  other.run("BEGIN EXCLUSIVE");
  server->signal(SIGTERM);
  EXPECT_EQ(server->wait(), 0);
}

TEST_F(EventLog, AFileThatIsNotThereAnyMoreTakesNoEvents) {
  publish("t", "1");
  std::filesystem::rename(database.path(), database.path() + ".moved");
  const auto answer = publish("t", "2");
  EXPECT_NE(answer.find("The event log has failed: the file was moved, replaced or deleted."),
            std::string::npos)
      << answer;
}

/// SQLite would take them for a URI, and for no file.
TEST(EventLogNames, AreThoseOfFiles) {
  const scratch_folder folder;
  for (const std::string name : {"file:a.db", ":memory:", "a b.db", "file:b.db?mode=memory"}) {
    program p({"sh", "-c", R"(cd "$0"; exec "$1" --port 0 --event-log "$2")", folder.path(),
               WS_DEMO_PROGRAM, name});
    p.wait_for_error("event log file=" + name + " position=");
    EXPECT_GT(std::filesystem::file_size(std::filesystem::path(folder.path()) / name), 0U);
  }
}

/// A file may not grow beyond a limit, as on a disk that is full.
TEST(EventLogErrors, ADiskThatIsFull) {
  const scratch_database database;
  const std::string command =
      R"(trap '' XFSZ; ulimit -f 600; exec "$0" --port 0 --interval 0 --event-log "$1")";
  program p({"sh", "-c", command, WS_DEMO_PROGRAM, database.path()},
            {"WS_DEMO_PUBLISH_TOKEN=" + publisher_token});
  p.wait_for_error("listening");
  const auto port = port_in(p.errors());
  const std::string payload = '"' + std::string(50'000, 'x') + '"';
  const std::string request =
      "POST /topics/t HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + publisher_token +
      "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(payload.size()) +
      "\r\n\r\n" + payload;
  raw_client live(port);
  live.subscribe("/?topic=t");
  int stored = 0;
  std::string answer;
  for (;; ++stored) {
    raw_client client(port);
    client.send(request);
    answer = client.read_answer();
    if (!answer.starts_with("HTTP/1.1 200 ")) break;
    ASSERT_LT(stored, 100);
    EXPECT_GT(live.read_frame().payload.size(), payload.size());
  }
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
  EXPECT_NE(answer.find("The event log has failed: "), std::string::npos) << answer;
  EXPECT_GT(stored, 0);
  live.send(opcode::text, "still here");
  EXPECT_EQ(live.read_reply().payload, "still here");
  p.signal(SIGKILL);
  p.wait();
  EXPECT_EQ(database.ask("SELECT count(*) FROM event"), stored);
}

TEST(EventLogErrors, AreOneLineAtStart) {
  const scratch_database database;
  const auto prefix = "ws-demo: cannot open the event log " + database.path() + ": ";
  std::ofstream(database.path()) << std::string(5000, 'x');
  EXPECT_EQ(error_of({"--event-log", database.path()}), prefix + "file is not a database\n");
  std::filesystem::remove(database.path());
  ws_demo_program first({"--event-log", database.path()});
  first.port();
  EXPECT_EQ(error_of({"--event-log", database.path()}), prefix + "another server uses it\n");
  EXPECT_EQ(error_of({"--event-log", "/"}),
            "ws-demo: cannot open the event log /: Is a directory\n");
}

TEST(EventLogErrors, AFileThatMayOnlyBeRead) {
  const scratch_database database;
  std::ofstream(database.path()).flush();
  std::filesystem::permissions(database.path(), std::filesystem::perms::owner_read);
  // Also for root, which may otherwise write whatever there is (capabilities(7)).
  std::vector<std::string> command{WS_DEMO_PROGRAM, "--event-log", database.path()};
  if (::geteuid() == 0)
    command.insert(command.begin(), {"setpriv", "--bounding-set", "-dac_override"});
  program p(command);
  EXPECT_EQ(p.wait(), 1);
  EXPECT_EQ(p.errors(),
            "ws-demo: cannot open the event log " + database.path() + ": Permission denied\n");
}

}  // namespace
}  // namespace ws_demo::testing
