#include "app/event_log_option.hpp"

#include "app/command_line.hpp"
#include "scratch_file.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <variant>
#include <vector>

namespace ws_demo {
namespace {

/// Of a command line.
options parsed(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "ws-demo");
  return std::get<options>(
      parse_command_line(static_cast<int>(arguments.size()), arguments.data()));
}

TEST(EventLogOption, IsAFileOrAddressesOfNats) {
  options o;
  EXPECT_TRUE(set_event_log(o, "events.db"));
  EXPECT_EQ(o.event_log_file, "events.db");
  EXPECT_TRUE(set_event_log(o, "nats://a:4222,tls://user:secret@b,nats://[::1]:4222"));
  EXPECT_EQ(o.nats_servers, (std::vector<std::string>{"nats://a:4222", "tls://user:secret@b",
                                                      "nats://[::1]:4222"}));
  EXPECT_TRUE(o.event_log_file.empty());
  for (const char* log : {"", "nats:a", "http://a", "nats://", "nats://a,", "nats://a,b", "://a",
                          "nats://a:port", "nats://a:70000", "nats://a b", "nats://user@"})
    EXPECT_FALSE(set_event_log(o, log)) << log;
}

TEST(EventLogOption, AStreamHasOneName) {
  options o;
  EXPECT_TRUE(set_nats_stream(o, "shop-1_B"));
  EXPECT_EQ(o.nats_stream, "shop-1_B");
  for (const char* stream : {"", "a.b", "a b", "a*", "a>"})
    EXPECT_FALSE(set_nats_stream(o, stream)) << stream;
  EXPECT_FALSE(set_nats_stream(o, std::string(65, 'x')));
}

TEST(EventLogOption, AllOfNats) {
  const auto o =
      parsed({"--event-log", "nats://a", "--event-log-stream", "shop", "--event-log-replicas", "3",
              "--event-log-creds", "u.creds", "--event-log-ca", "ca.pem", "--event-log-cert",
              "c.pem", "--event-log-key", "k.pem"});
  EXPECT_EQ(o.nats_servers, std::vector<std::string>{"nats://a"});
  EXPECT_EQ(o.nats_stream, "shop");
  EXPECT_EQ(o.nats_replicas, 3U);
  EXPECT_EQ(o.nats_credentials_file, "u.creds");
  EXPECT_EQ(o.nats_ca_file, "ca.pem");
  EXPECT_EQ(o.nats_certificate_file, "c.pem");
  EXPECT_EQ(o.nats_key_file, "k.pem");
  EXPECT_THROW(parsed({"--event-log", "nats://a", "--event-log-cert", "c.pem"}), usage_error)
      << "without a key";
  EXPECT_THROW(parsed({"--event-log", "a:4222", "--event-log-ca", "ca.pem"}), usage_error)
      << "a file";
}

TEST(EventLogOption, SecretsAreCutOut) {
  EXPECT_EQ(without_secrets("nats://user:secret@a"), "nats://...@a");
  EXPECT_EQ(without_secrets("nats://a,nats://to,k@en@b"), "nats://...@b");
  EXPECT_EQ(without_secrets("nats://a"), "nats://a");
  EXPECT_EQ(without_secrets("a@b"), "a@b");
  EXPECT_EQ(without_addresses("why: x ss@h nats://u:pa --even-log --even-log=nats://u"),
            "why: ... ... ... --even-log --even-log");
  EXPECT_EQ(without_addresses("why: x --y=1"), "why: x --y=1");
  EXPECT_EQ(without_addresses("nats://c2VjcmV0"), "...");
  const testing::scratch_file file("config");
  std::ofstream(file.path()) << "nats://user:secret@a\n";
  const auto path = file.path();
  for (const std::vector<const char*>& arguments :
       {std::vector{"--event-log", "nats://user:secret@a,x"},
        std::vector{"--even-log=nats://user:secret@a"}, std::vector{"--config", path.c_str()}})
    try {
      parsed(arguments);
      ADD_FAILURE();
    } catch (const usage_error& error) {
      EXPECT_EQ(std::string(error.what()).find("secret"), std::string::npos) << error.what();
    }
}

}  // namespace
}  // namespace ws_demo
