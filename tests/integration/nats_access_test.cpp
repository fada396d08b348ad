// Who NATS lets in, and which NATS is trusted.

#include "http_get.hpp"
#include "nats_server.hpp"
#include "nats_test.hpp"
#include "program.hpp"
#include "scratch_folder.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;

class NatsAccess : public ::testing::Test {
 protected:
  /// A certificate that is its own authority, for this host.
  void make_certificate(const std::string& host) {
    program openssl({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                     "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=nats",
                     "-addext", "subjectAltName=" + host, "-keyout", key(), "-out", certificate()});
    EXPECT_EQ(openssl.wait(), 0) << openssl.errors();
  }
  std::vector<std::string> tls() const {
    return {"--tls", "--tlscert", certificate(), "--tlskey", key()};
  }
  std::string certificate() const { return folder.path() + "/certificate.pem"; }
  std::string key() const { return folder.path() + "/key.pem"; }
  static std::string at(const nats_server& nats, const std::string& before) {
    return before + "127.0.0.1:" + std::to_string(nats.port());
  }
  static void expect_let_in(const std::vector<std::string>& options) {
    ws_demo_program p(options);
    p.wait_for_error("event log read up to event");
  }
  static std::string refusal(const std::vector<std::string>& options) {
    ws_demo_program p(options);
    const auto log = p.wait_for_error("event log is away: ");
    EXPECT_TRUE(is(get(p.port(), "/readyz"), 503));
    return log;
  }

  scratch_folder folder;
};

TEST_F(NatsAccess, ByUserAndPassword) {
  const nats_server nats({"--user", "me", "--pass", "secret"});
  expect_let_in({"--event-log", at(nats, "nats://me:secret@")});
  const auto log = refusal({"--event-log", at(nats, "nats://me:sesame@")});
  EXPECT_EQ(log.find("sesame"), std::string::npos) << log;
  refusal({"--event-log", at(nats, "nats://")});
}

TEST_F(NatsAccess, ByToken) {
  const nats_server nats({"--auth", "secret"});
  expect_let_in({"--event-log", at(nats, "nats://secret@")});
  const auto log = refusal({"--event-log", at(nats, "nats://sesame@")});
  EXPECT_EQ(log.find("sesame"), std::string::npos) << log;
}

TEST_F(NatsAccess, ByCredentials) {
  program made({"node", WS_DEMO_NATS_CREDENTIALS, folder.path()});
  ASSERT_EQ(made.wait(), 0) << made.errors();
  const nats_server nats({"--config", folder.path() + "/server.conf"});
  refusal({"--event-log", at(nats, "nats://")});
  expect_let_in(
      {"--event-log", at(nats, "nats://"), "--event-log-creds", folder.path() + "/user.creds"});
}

TEST_F(NatsAccess, OverTls) {
  make_certificate("IP:127.0.0.1");
  const nats_server nats(tls());
  expect_let_in({"--event-log", at(nats, "tls://"), "--event-log-ca", certificate()});
  expect_let_in({"--event-log", at(nats, "nats://"), "--event-log-ca", certificate()});
  refusal({"--event-log", at(nats, "tls://")});  // an unknown authority
}

TEST_F(NatsAccess, ACertificateOfAnotherHostIsNotTrusted) {
  make_certificate("DNS:nats.example.com");
  const nats_server nats(tls());
  refusal({"--event-log", at(nats, "tls://"), "--event-log-ca", certificate()});
}

TEST_F(NatsAccess, WithACertificateOfTheClient) {
  make_certificate("IP:127.0.0.1");
  auto options = tls();
  options.insert(options.end(), {"--tlsverify", "--tlscacert", certificate()});
  const nats_server nats(options);
  const std::vector<std::string> known{"--event-log", at(nats, "tls://"), "--event-log-ca",
                                       certificate()};
  refusal(known);
  auto shown = known;
  shown.insert(shown.end(), {"--event-log-cert", certificate(), "--event-log-key", key()});
  expect_let_in(shown);
}

TEST_F(NatsAccess, WhatDemandsTlsDoesNotGoWithout) {
  make_certificate("IP:127.0.0.1");
  const nats_server nats;
  refusal({"--event-log", at(nats, "tls://")});
  refusal({"--event-log", at(nats, "nats://"), "--event-log-ca", certificate()});
}

TEST_F(NatsAccess, WhoMayNotPublishOnASubjectIsToldSo) {
  folder.write("server.conf", R"(authorization { users: [ { user: me, password: secret,
      permissions: { publish: { deny: ["ws_demo.denied", "ws_demo.denied.*"] } } } ] })");
  const nats_server nats({"--config", folder.path() + "/server.conf"});
  auto o = publishing();
  o.nats_servers = {at(nats, "nats://me:secret@")};
  o.nats_timeout = 1h;
  const ready_server one(o);
  const auto expect_refused = [](const std::string& answer) {
    EXPECT_TRUE(is(answer, 503)) << answer;
    EXPECT_NE(answer.find(R"(Permissions Violation for Publish to "ws_demo.denied)"),
              std::string::npos)
        << answer;
  };
  for (int i = 0; i < 2; ++i) expect_refused(one.publish("denied", "1"));
  std::string lines;
  for (int i = 0; i < 100; ++i)
    lines.append(R"({"topic":"denied.)").append(std::to_string(i)).append("\",\"payload\":1}\n");
  expect_refused(one.publish_lines(lines));
  EXPECT_TRUE(is(one.publish("allowed", "1"), 200));
}

TEST_F(NatsAccess, WhoMayNotAskJetStreamIsToldSo) {
  folder.write("server.conf", R"(authorization { users: [ { user: me, password: secret,
      permissions: { publish: { deny: "$JS.API.>" } } } ] })");
  const nats_server nats({"--config", folder.path() + "/server.conf"});
  ws_demo_program p({"--event-log", at(nats, "nats://me:secret@")});
  p.wait_for_error("Permissions Violation for Publish to \"$JS.API.STREAM.INFO.ws_demo\"");
}

TEST_F(NatsAccess, FilesThatCannotBeUsedAreErrorsAtStart) {
  folder.write("none.creds", "-----BEGIN NATS USER JWT-----");
  for (const auto& [option, file] : {std::pair{"--event-log-creds", std::string("/nowhere")},
                                     {"--event-log-creds", folder.path()},
                                     {"--event-log-creds", folder.path() + "/none.creds"},
                                     {"--event-log-ca", "/nowhere"}}) {
    ws_demo_program p({"--event-log", "nats://127.0.0.1:1", option, file});
    EXPECT_EQ(p.wait(), 1);
    EXPECT_NE(p.errors().find(file), std::string::npos) << p.errors();
  }
}

}  // namespace
}  // namespace ws_demo::testing
