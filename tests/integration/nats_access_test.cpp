// Who NATS lets in, and which NATS is trusted.

#include "http_get.hpp"
#include "nats_server.hpp"
#include "nats_test.hpp"
#include "program.hpp"
#include "scratch_folder.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ws_demo::testing {
namespace {

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

TEST_F(NatsAccess, FilesThatCannotBeReadAreErrorsAtStart) {
  for (const auto& option : {"--event-log-creds", "--event-log-ca"}) {
    ws_demo_program p({"--event-log", "nats://127.0.0.1:1", option, "/nowhere"});
    EXPECT_EQ(p.wait(), 1);
    EXPECT_NE(p.errors().find("/nowhere"), std::string::npos) << p.errors();
  }
}

}  // namespace
}  // namespace ws_demo::testing
