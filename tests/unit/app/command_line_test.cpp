#include "app/command_line.hpp"

#include "scratch_file.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

std::variant<options, notice> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "ws-demo");
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

options accepted(const std::vector<const char*>& arguments) {
  return std::get<options>(parse(arguments));
}

std::string refused(const std::vector<const char*>& arguments) {
  try {
    parse(arguments);
  } catch (const usage_error& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << "not one line";
    return error.what();
  }
  return "";
}

/// Sets a variable for the length of a test.
class variable {
 public:
  variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ~variable() { ::unsetenv(name_); }
  variable(const variable&) = delete;
  variable& operator=(const variable&) = delete;

 private:
  const char* name_;
};

/// A file of options.
struct file : testing::scratch_file {
  explicit file(const std::string& text) : scratch_file("options_test") {
    std::ofstream(path()) << text;
  }
};

TEST(Options, Defaults) {
  const auto o = accepted({});
  EXPECT_EQ(o.host.to_string(), "127.0.0.1");
  EXPECT_EQ(o.port, 9001);
  EXPECT_EQ(o.interval, 1s);
  EXPECT_EQ(o.max_message_bytes, 1U << 20);
  EXPECT_EQ(o.shutdown_timeout, 5s);
  EXPECT_EQ(o.log_level, "info");
}

TEST(Options, FromTheCommandLine) {
  const auto o = accepted({"--host", "::1", "--port=0", "--interval", "250ms", "--max-message-size",
                           "64KiB", "--shutdown-timeout", "2m", "--log-level", "off"});
  EXPECT_EQ(o.host.to_string(), "::1");
  EXPECT_EQ(o.port, 0);
  EXPECT_EQ(o.interval, 250ms);
  EXPECT_EQ(o.max_message_bytes, 65536U);
  EXPECT_EQ(o.shutdown_timeout, 2min);
  EXPECT_EQ(o.log_level, "off");
  EXPECT_EQ(accepted({"--host", "localhost"}).host.to_string(), "127.0.0.1");
}

TEST(Options, AnEventLogIsAFile) {
  EXPECT_TRUE(accepted({"--event-log", "events.db", "--event-log-sync"}).event_log_sync);
  EXPECT_EQ(refused({"--event-log", ""}),
            "--event-log takes the name of a file, or nats://host:port, with commas between "
            "several, not ''");
  EXPECT_EQ(refused({"--event-log-sync"}), "--event-log-sync needs --event-log with a file");
}

TEST(Options, AWrongValueNamesTheOptionAndWhatItTakes) {
  EXPECT_EQ(refused({"--port", "70000"}),
            "--port takes a whole number from 0 to 65535, not '70000'");
  for (const char* port : {"-1", "1.5", "x", "9001x", "0x10", "", " 1", "65536"})
    EXPECT_TRUE(refused({"--port", port}).starts_with("--port takes ")) << port;
  for (const char* interval :
       {"1", "-1s", "1 s", "s", "1d", "25h", "1.5s", "99999999999999999999s"})
    EXPECT_TRUE(refused({"--interval", interval}).starts_with("--interval takes ")) << interval;
  for (const char* size : {"0", "-5", "1KB", "2GiB", "1kib", "99999999999999999999"})
    EXPECT_TRUE(refused({"--max-message-size", size}).starts_with("--max-message-size takes "))
        << size;
  for (const char* host : {"example.com", "1.2.3", "1.2.3.4:80", "[::1]", ""})
    EXPECT_TRUE(refused({"--host", host}).starts_with("--host takes ")) << host;
  EXPECT_TRUE(refused({"--log-level", "loud"}).starts_with("--log-level takes one of trace"));
}

TEST(Options, WhatHoldsASlowPeerBack) {
  EXPECT_EQ(accepted({}).max_queue_bytes, std::size_t{4} << 20);
  EXPECT_EQ(accepted({}).slow_peers, slow_policy::close);
  const auto o = accepted({"--max-queue", "64KiB", "--slow-peers", "drop-oldest"});
  EXPECT_EQ(o.max_queue_bytes, 65536U);
  EXPECT_EQ(o.slow_peers, slow_policy::drop_oldest);
  EXPECT_EQ(accepted({"--slow-peers=close"}).slow_peers, slow_policy::close);
  EXPECT_TRUE(refused({"--max-queue", "0"}).starts_with("--max-queue takes "));
  EXPECT_EQ(refused({"--slow-peers", "kill"}),
            "--slow-peers takes close or drop-oldest, not 'kill'");
}

TEST(Options, PublishingAndHistory) {
  const auto initial = accepted({});
  EXPECT_EQ(initial.publish_token, "");
  EXPECT_EQ(initial.max_event_bytes, 65536U);
  EXPECT_EQ(initial.max_topics, 64U);
  EXPECT_EQ(initial.max_topics_total, 100'000U);
  EXPECT_EQ(initial.history_events, 1000U);
  EXPECT_EQ(initial.history_age, 5min);
  EXPECT_EQ(initial.history_bytes, std::size_t{64} << 20);
  const auto o = accepted({"--max-event-size=1KiB", "--max-topics=2", "--max-topics-total=3",
                           "--history=0", "--history-age=1h", "--history-bytes=1MiB"});
  EXPECT_EQ(o.max_event_bytes, 1024U);
  EXPECT_EQ(o.max_topics, 2U);
  EXPECT_EQ(o.max_topics_total, 3U);
  EXPECT_EQ(o.history_events, 0U);
  EXPECT_EQ(o.history_age, 1h);
  EXPECT_EQ(o.history_bytes, std::size_t{1} << 20);
  for (const char* wrong : {"--max-event-size=1025KiB", "--max-topics=0", "--max-topics-total=0",
                            "--history=x", "--history-age=1", "--history-bytes=65GiB"})
    EXPECT_NE(refused({wrong}), "") << wrong;
}

TEST(Options, TheTokenIsInAFileOrInTheEnvironment) {
  const file f("the-token\n");
  EXPECT_EQ(accepted({"--publish-token-file", f.path().c_str()}).publish_token, "the-token");
  const variable environment("WS_DEMO_PUBLISH_TOKEN", "another");
  EXPECT_EQ(accepted({}).publish_token, "another");
  const file empty("\n");
  EXPECT_NE(refused({"--publish-token-file", empty.path().c_str()}), "");
  EXPECT_NE(refused({"--publish-token-file", "/nonexistent"}), "");
}

TEST(Options, OfSeveralTokensOneWinsAsWithTheOptions) {
  const testing::scratch_file token("options_test_token");
  std::ofstream(token.path()) << "in the file\n";
  const file f("publish-token-file=" + token.path() + "\n");
  EXPECT_EQ(accepted({"--config", f.path().c_str()}).publish_token, "in the file");
  const variable environment("WS_DEMO_PUBLISH_TOKEN", "in the environment\n");
  EXPECT_EQ(accepted({"--config", f.path().c_str()}).publish_token, "in the environment");
  EXPECT_EQ(accepted({"--publish-token-file", token.path().c_str()}).publish_token, "in the file");
}

TEST(Options, ATokenThatCannotBeSentIsRefusedAndNotShown) {
  const file two("secret\nlines\n");
  const auto in_file = refused({"--publish-token-file", two.path().c_str()});
  EXPECT_TRUE(in_file.starts_with("--publish-token-file takes a file that holds a token of "));
  EXPECT_EQ(in_file.find("secret"), std::string::npos);
  {
    const variable environment("WS_DEMO_PUBLISH_TOKEN", "secret\nlines");
    EXPECT_EQ(refused({}),
              "WS_DEMO_PUBLISH_TOKEN takes a token of 1 to 2048 printable ASCII characters, on one "
              "line");
  }
  const variable blank("WS_DEMO_PUBLISH_TOKEN", "\n");
  EXPECT_TRUE(refused({}).starts_with("WS_DEMO_PUBLISH_TOKEN takes "));
  const variable none("WS_DEMO_PUBLISH_TOKEN", "");
  EXPECT_EQ(accepted({}).publish_token, "");
}

TEST(Options, Timeouts) {
  EXPECT_EQ(accepted({}).idle_timeout, 50s);
  EXPECT_EQ(accepted({}).drain_spread, 0s);
  const auto o = accepted({"--idle-timeout", "2m", "--drain-spread", "30s"});
  EXPECT_EQ(o.idle_timeout, 2min);
  EXPECT_EQ(o.drain_spread, 30s);
  for (const char* option : {"--idle-timeout", "--handshake-timeout", "--write-timeout"})
    EXPECT_TRUE(refused({option, "0"}).starts_with(option)) << option;
}

TEST(Options, AnAdminPortIsThereOnlyWhereItIsAskedFor) {
  EXPECT_EQ(accepted({}).admin_port, std::nullopt);
  EXPECT_EQ(accepted({"--admin-port", "0"}).admin_port, 0);
  EXPECT_EQ(accepted({"--admin-port", "9101"}).admin_port, 9101);
  EXPECT_TRUE(refused({"--admin-port", "x"}).starts_with("--admin-port takes "));
}

TEST(Options, AFlagIsSetByItsName) {
  EXPECT_FALSE(accepted({}).deflate);
  EXPECT_TRUE(accepted({"--deflate", "--port", "1"}).deflate);
  {
    const variable deflate("WS_DEMO_DEFLATE", "true");
    EXPECT_TRUE(accepted({}).deflate);
    EXPECT_FALSE(accepted({"--deflate=false"}).deflate);
  }
  const file f("deflate=true\n");
  EXPECT_TRUE(accepted({"--config", f.path().c_str()}).deflate);
  EXPECT_TRUE(refused({"--deflate=maybe"}).starts_with("--deflate takes true or false"));
  const variable deflate("WS_DEMO_DEFLATE", "maybe");
  EXPECT_TRUE(refused({}).starts_with("--deflate takes true or false"));
}

TEST(Options, SomeMayBeRepeated) {
  const auto o =
      accepted({"--allow-origin", "https://a", "--allow-origin=https://b", "--allow-host", "c"});
  EXPECT_EQ(o.allowed_origins, (std::vector<std::string>{"https://a", "https://b"}));
  EXPECT_EQ(o.allowed_hosts, std::vector<std::string>{"c"});
  EXPECT_TRUE(refused({"--allow-origin", "https://a", "https://b"}).find("https://b") !=
              std::string::npos);
  EXPECT_TRUE(refused({"--allow-origin", "a"}).starts_with("--allow-origin takes "));
  for (const char* wrong : {"a:1", "a b", "[::1", "::1", "a\\b", ""})
    EXPECT_TRUE(refused({"--allow-host", wrong}).starts_with("--allow-host takes ")) << wrong;
  EXPECT_TRUE(refused({"--allow-origin", "https://a:b"}).starts_with("--allow-origin takes "));

  const variable origins("WS_DEMO_ALLOW_ORIGIN", "https://c,https://d");
  EXPECT_EQ(accepted({}).allowed_origins, (std::vector<std::string>{"https://c", "https://d"}));
  const file f("allow-host=[\"e\", \"f\"]\n");
  EXPECT_EQ(accepted({"--config", f.path().c_str()}).allowed_hosts,
            (std::vector<std::string>{"e", "f"}));
}

TEST(Options, AMissingOrRepeatedValueIsRefused) {
  EXPECT_TRUE(refused({"--port"}).starts_with("--port takes "));
  EXPECT_TRUE(refused({"--port", "1", "--port", "2"}).starts_with("--port takes "));
}

TEST(Options, AnUnknownOptionIsNamed) {
  EXPECT_NE(refused({"--prot=1"}).find("--prot"), std::string::npos);
  EXPECT_NE(refused({"stray"}).find("stray"), std::string::npos);
  EXPECT_EQ(refused({"--x\n=forged"}).find('\n'), std::string::npos);
}

TEST(Options, FromTheEnvironment) {
  const variable port("WS_DEMO_PORT", "7000");
  const variable size("WS_DEMO_MAX_MESSAGE_SIZE", "2KiB");
  EXPECT_EQ(accepted({}).port, 7000);
  EXPECT_EQ(accepted({}).max_message_bytes, 2048U);
}

TEST(Options, AWrongValueInTheEnvironmentIsRefused) {
  const variable port("WS_DEMO_PORT", "seven");
  EXPECT_TRUE(refused({}).starts_with("--port takes "));
}

TEST(Options, FromAFile) {
  const file f("# a comment\nport = 7001\ninterval = \"2s\"\nhost=127.0.0.2\n");
  const auto o = accepted({"--config", f.path().c_str()});
  EXPECT_EQ(o.port, 7001);
  EXPECT_EQ(o.interval, 2s);
  EXPECT_EQ(o.host.to_string(), "127.0.0.2");
}

TEST(Options, CommandLineBeforeEnvironmentBeforeFile) {
  const file f("port=1\ninterval=1ms\nmax-message-size=1\n");
  const variable config("WS_DEMO_CONFIG", f.path().c_str());
  const variable interval("WS_DEMO_INTERVAL", "2ms");
  const variable port("WS_DEMO_PORT", "2");
  const auto o = accepted({"--port", "3"});
  EXPECT_EQ(o.port, 3);
  EXPECT_EQ(o.interval, 2ms);
  EXPECT_EQ(o.max_message_bytes, 1U);
}

TEST(Options, AWrongFileIsRefused) {
  EXPECT_TRUE(
      refused({"--config", "/nonexistent/file"}).starts_with("--config: /nonexistent/file"));
  EXPECT_TRUE(refused({"--config", "/"}).starts_with("--config"));
  const auto in_file = [](const std::string& text) {
    const file f(text);
    return refused({"--config", f.path().c_str()});
  };
  EXPECT_NE(in_file("prot=1\n").find("'prot'"), std::string::npos);
  EXPECT_NE(in_file("[section]\nport=1\n").find("section.port"), std::string::npos);
  EXPECT_TRUE(in_file("port=x\n").starts_with("--port takes "));
  EXPECT_NE(in_file("port=[1,2]\n").find("port takes one value"), std::string::npos);
  EXPECT_NE(in_file("port=1\nport=2\n").find("port takes one value"), std::string::npos);
  EXPECT_NE(in_file("config=other\n").find("'config'"), std::string::npos);
}

TEST(Options, HelpNamesEveryOptionItsDefaultAndItsVariable) {
  const auto help = std::get<notice>(parse({"--help"})).text;
  for (const char* text :
       {"--host ADDRESS (127.0.0.1, WS_DEMO_HOST)", "--port N (9001, WS_DEMO_PORT)",
        "--interval DURATION (1s, WS_DEMO_INTERVAL)",
        "--max-message-size SIZE (1MiB, WS_DEMO_MAX_MESSAGE_SIZE)",
        "--write-timeout DURATION (10s, WS_DEMO_WRITE_TIMEOUT)",
        "--shutdown-timeout DURATION (5s, WS_DEMO_SHUTDOWN_TIMEOUT)",
        "--deflate (off, WS_DEMO_DEFLATE)", "--log-level LEVEL (info, WS_DEMO_LOG_LEVEL)",
        "--config FILE (none, WS_DEMO_CONFIG)", "--version"})
    EXPECT_NE(help.find(text), std::string::npos) << text;
}

TEST(Options, VersionIsNameAndVersion) {
  EXPECT_TRUE(std::get<notice>(parse({"--version"})).text.starts_with("ws-demo "));
}

}  // namespace
}  // namespace ws_demo
