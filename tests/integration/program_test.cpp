// The real program: options, exit statuses, log.

#include "program.hpp"

#include "raw_client.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace ws_demo::testing {
namespace {

program run(std::vector<std::string> options) {
  options.insert(options.begin(), WS_DEMO_PROGRAM);
  return program(std::move(options));
}

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

/// When there is a line with `text` in the log, to the second, each time.
std::vector<std::string> found(const std::string& log, const std::string& text) {
  const std::regex line(R"((\S+)\.\d{3}Z info )" + text);
  std::vector<std::string> seconds;
  for (std::sregex_iterator i(log.begin(), log.end(), line), end; i != end; ++i)
    seconds.push_back((*i)[1]);
  return seconds;
}

/// How many lines of the kind the log has not.
int left_out(const std::string& log, const std::string& kind) {
  const std::regex line(kind + R"( not_logged=(\d+))");
  int sum = 0;
  for (std::sregex_iterator i(log.begin(), log.end(), line), end; i != end; ++i)
    sum += std::stoi((*i)[1]);
  return sum;
}

TEST(Program, HelpAndVersionGoToStandardOutput) {
  for (const char* option : {"--help", "--version"}) {
    auto p = run({option});
    EXPECT_EQ(p.wait(), 0);
    EXPECT_TRUE(p.errors().empty());
    EXPECT_NE(p.output().find("ws-demo"), std::string::npos);
  }
}

TEST(Program, AWrongOptionIsOneLineAndStatus2) {
  for (const auto& options : std::vector<std::vector<std::string>>{
           {"--port", "x"}, {"--prot", "1"}, {"--interval", "1"}, {"--config", "/nonexistent"}}) {
    auto p = run(options);
    EXPECT_EQ(p.wait(), 2);
    EXPECT_EQ(lines(p.errors()), 1U) << p.errors();
    EXPECT_NE(p.errors().find(options[0]), std::string::npos) << p.errors();
    EXPECT_TRUE(p.output().empty());
  }
}

TEST(Program, APortInUseIsOneLineAndStatus1) {
  ws_demo_program first;
  const auto port = std::to_string(first.port());
  auto second = run({"--port", port});
  EXPECT_EQ(second.wait(), 1);
  EXPECT_EQ(second.errors(),
            "ws-demo: cannot listen on 127.0.0.1:" + port + ": Address already in use\n");
}

TEST(Program, AnAddressOfAnotherMachineIsOneLineAndStatus1) {
  auto p = run({"--host", "192.0.2.1", "--port", "0"});  // RFC 5737: nobody's
  EXPECT_EQ(p.wait(), 1);
  EXPECT_EQ(p.errors(), "ws-demo: cannot listen on 192.0.2.1:0: Cannot assign requested address\n");
}

TEST(Program, AWebRootWithoutAPageIsOneLineAndStatus1) {
  for (const char* folder : {"/nonexistent", "/proc/self/fd"}) {
    auto p = run({"--port", "0", "--web-root", folder});
    EXPECT_EQ(p.wait(), 1);
    EXPECT_EQ(lines(p.errors()), 1U) << p.errors();
    EXPECT_TRUE(p.errors().starts_with(std::string("ws-demo: cannot serve the page in ") + folder));
  }
}

TEST(Program, TheFirstLineOfTheLogSaysWhereItListens) {
  ws_demo_program p({"--host", "localhost"});
  EXPECT_GT(p.port(), 0);
  EXPECT_TRUE(std::regex_search(
      p.errors(), std::regex(R"(^\S+Z info listening on ws://127\.0\.0\.1:[1-9]\d*\n)")))
      << p.errors();
}

TEST(Program, ListensOnIpv6) {
  ws_demo_program p({"--host", "::1"});
  p.wait_for_error("listening on ws://[::1]:");
}

TEST(Program, TheEnvironmentCounts) {
  ws_demo_program p({}, {"WS_DEMO_INTERVAL=0"});
  raw_client client(p.port());
  client.open();
  EXPECT_TRUE(client.silent_for(100));
}

TEST(Program, OneLineWhenAPeerOpensAndOneWhenItCloses) {
  ws_demo_program p({"--interval", "1h"});
  raw_client client(p.port());
  client.open("/ws?x=\"\\&secret");
  EXPECT_EQ(client.read_frame().op, opcode::text);
  client.send(opcode::text, "one");
  client.send(opcode::text, "two");
  client.send(opcode::close, close_payload(1000));
  const auto& log = p.wait_for_error("peer closed");
  p.wait_for_error("duration=");
  EXPECT_TRUE(
      std::regex_search(log, std::regex(R"(info peer opened peer=127\.0\.0\.1:\d+ path=/ws\n)")))
      << log;
  EXPECT_TRUE(std::regex_search(
      log,
      std::regex(R"(info peer closed peer=127\.0\.0\.1:\d+ code=1000 reason="closed by peer" in=2 )"
                 R"(out=3 duration=\d+\.\d{3}s)")))
      << log;
}

/// Of many lines of a kind, some are written, and the others are counted.
TEST(Program, ManyPeersDoNotFloodTheLog) {
  ws_demo_program p({"--interval", "0"});
  const auto port = p.port();
  constexpr int peers = 200;
  for (int i = 0; i < peers; ++i) raw_client(port).open();
  p.signal(SIGTERM);
  EXPECT_EQ(p.wait(), 0);
  for (const std::string kind : {"peer opened", "peer closed"}) {
    const auto one_by_one = found(p.errors(), kind + " peer=");
    EXPECT_EQ(static_cast<int>(one_by_one.size()) + left_out(p.errors(), kind), peers);
    const std::set<std::string> seconds(one_by_one.begin(), one_by_one.end());
    EXPECT_LE(one_by_one.size(), 20 * seconds.size()) << "ten in each of its seconds";
  }
}

TEST(Program, SaysWhyAPeerWent) {
  ws_demo_program p({"--max-message-size", "10"});
  {
    raw_client vanished(p.port());
    vanished.open();
    vanished.finish();
    p.wait_for_error("code=1006 reason=\"End of file\"");
  }
  raw_client talkative(p.port());
  talkative.open();
  talkative.send(opcode::text, "more than ten bytes");
  p.wait_for_error("code=1009 reason=\"message too big\"");
  raw_client garbled(p.port());
  garbled.open();
  garbled.send(opcode::text, "\xff");
  p.wait_for_error("code=1007 reason=\"text is not UTF-8\"");
}

TEST(Program, LogLevelErrorDoesNotTellOfPeers) {
  ws_demo_program quiet({"--log-level", "error"}, {});
  quiet.signal(SIGTERM);
  quiet.wait();  // before or after it listens: either way it says nothing
  EXPECT_TRUE(quiet.errors().empty()) << quiet.errors();
}

TEST(Program, OutOfDescriptorsItWaitsAndServesWhenThereAreSome) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "UBSan opens a pipe to look at memory, and takes that there is none for an error";
#endif
  program p({"prlimit", "--nofile=16", WS_DEMO_PROGRAM, "--port", "0", "--interval", "1h"});
  p.wait_for_error("listening on ws://");
  p.wait_for_error("serving");
  const auto port = port_in(p.errors());
  std::vector<std::unique_ptr<raw_client>> peers;
  peers.reserve(16);
  for (int i = 0; i < 16; ++i) peers.push_back(std::make_unique<raw_client>(port));
  p.wait_for_error("cannot accept: Too many open files");
  peers.front()->open();
  raw_client& last = *peers.back();
  peers.erase(peers.begin(), peers.end() - 1);
  last.open();
  p.wait_for_error("accepting again");
  const auto& log = p.errors();
  EXPECT_EQ(log.find("cannot accept"), log.rfind("cannot accept")) << "said once";
}

TEST(Program, PublishesTheLinesOfItsInput) {
  // The shell writes into a pipe, and becomes the program, so that it is the one that is ended.
  program p({"sh", "-c", R"(exec "$0" --port 0 --stdin <<'.'
{"topic":"t","payload":1}
nonsense
{"topic":"t","payload":"\ud83d"}
.
)",
             WS_DEMO_PROGRAM});
  p.wait_for_error("input ended lines=3 skipped=1");
  EXPECT_NE(p.errors().find("skipped line=2: "), std::string::npos) << p.errors();
  raw_client client(port_in(p.errors()));
  client.subscribe("/?topic=t&last=2");
  EXPECT_TRUE(client.read_frame().payload.starts_with(R"({"topic":"t","payload":1,)"));
  EXPECT_TRUE(client.read_frame().payload.starts_with(R"({"topic":"t","payload":"\ud83d",)"));
}

TEST(Program, AnInputThatIsClosedIsSaid) {
  program p({"sh", "-c", R"(exec "$0" --port 0 --stdin <&-)", WS_DEMO_PROGRAM});
  EXPECT_EQ(p.wait(), 1);
  EXPECT_EQ(p.errors(), "ws-demo: standard input is closed\n");
}

}  // namespace
}  // namespace ws_demo::testing
