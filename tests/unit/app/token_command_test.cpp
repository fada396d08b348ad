#include "app/token_command.hpp"

#include "app/signing_key.hpp"
#include "http/token/json_web_token.hpp"
#include "scratch_file.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;
using std::chrono::system_clock;

std::string run_command(const std::vector<std::string>& arguments) {
  std::vector<const char*> argv{"ws-demo"};
  argv.reserve(arguments.size() + 1);
  for (const auto& a : arguments) argv.push_back(a.c_str());
  const auto made = run_token_command(static_cast<int>(argv.size()), argv.data());
  return made ? made->text : "no command";
}

std::string error_of(const std::vector<std::string>& arguments) {
  try {
    return "printed " + run_command(arguments);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// "" where it holds.
std::string verdict(const std::string& token, const std::string& key_set,
                    system_clock::time_point now = system_clock::now(),
                    const token_rules& by = {}) {
  std::vector<std::string> unused;
  const auto keys = token_key_set::parse(key_set, unused);
  if (const auto* const wrong = std::get_if<std::string>(&keys)) return *wrong;
  const auto text = token.substr(0, token.find('\n'));
  const auto verified = verify_token(text, std::get<token_key_set>(keys), by, now);
  const auto* const why = std::get_if<std::string_view>(&verified);
  return why ? std::string(*why) : "";
}

TEST(TokenCommand, MakesKeysAndTokensOfEachAlgorithm) {
  for (const char* const algorithm : {"HS256", "RS256", "ES256", "EdDSA"}) {
    const testing::scratch_file file(std::string("keys_") + algorithm);
    EXPECT_EQ(run_command({"keys", "--algorithm", algorithm, "--kid", "mine", file.path()}), "");
    struct stat about{};
    ASSERT_EQ(::stat(file.path().c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777U, 0600U);
    const auto before = text_of(file.path());
    EXPECT_NE(error_of({"keys", file.path()}).find("File exists"), std::string::npos);
    EXPECT_EQ(text_of(file.path()), before);
    // ES256 and RSA keys have leading zeros now and then.
    for (int i = 0; i < 20; ++i) {
      const auto token = run_command({"token", "--key", file.path(), "--sub", "ann"});
      EXPECT_EQ(verdict(token, before), "") << algorithm;
    }
  }
}

TEST(TokenCommand, KeysOfManyKindsAreUsable) {
  for (int i = 0; i < 300; ++i) {
    const auto key =
        make_signing_key(i % 2 == 0 ? token_algorithm::es256 : token_algorithm::eddsa, "k");
    const auto token = sign_token(key, {{"exp", 4e9}});
    EXPECT_EQ(verdict(token, nlohmann::json{{"keys", {public_part(key)}}}.dump()), "") << key;
  }
}

TEST(TokenCommand, ThePublicPartVerifiesAndDoesNotSign) {
  for (const char* const algorithm : {"RS256", "ES256", "EdDSA"}) {
    const testing::scratch_file file("private_keys");
    const testing::scratch_file published("public_keys");
    run_command({"keys", "--algorithm", algorithm, file.path()});
    const auto text = run_command({"keys", "--public", file.path()});
    for (const char* const secret : {"\"d\"", "\"p\"", "\"q\"", "\"dp\"", "\"dq\"", "\"qi\""})
      EXPECT_EQ(text.find(secret), std::string::npos) << text;
    EXPECT_EQ(verdict(run_command({"token", "--key", file.path()}), text), "");
    std::ofstream(published.path()) << text;
    EXPECT_NE(error_of({"token", "--key", published.path()}).find("no key of it can sign"),
              std::string::npos);
  }
  const testing::scratch_file secret("secret_keys");
  run_command({"keys", secret.path()});
  EXPECT_NE(error_of({"keys", "--public", secret.path()}).find("secret as a whole"),
            std::string::npos);
}

TEST(TokenCommand, TheTokenSaysWhatIsAskedFor) {
  const testing::scratch_file file("keys_for_claims");
  run_command({"keys", file.path()});
  const auto token = run_command({"token", "--key", file.path(), "--sub", "ann", "--subscribe",
                                  "a,b.*", "--subscribe", "c", "--publish", "*", "--expires", "30d",
                                  "--aud", "push", "--iss", "me"});
  std::vector<std::string> unused;
  const auto keys = token_key_set::parse(text_of(file.path()), unused);
  const auto verified =
      verify_token(token.substr(0, token.size() - 1), std::get<token_key_set>(keys),
                   {"push", "me", 0s}, system_clock::now());
  const auto& claims = std::get<token_claims>(verified);
  EXPECT_EQ(claims.subject, "ann");
  EXPECT_EQ(claims.subscribe, (std::vector<std::string>{"a", "b.*", "c"}));
  EXPECT_EQ(claims.publish, (std::vector<std::string>{"*"}));
  EXPECT_GT(claims.expires, system_clock::now() + std::chrono::days(29));
  EXPECT_LE(claims.expires, system_clock::now() + std::chrono::days(30));
}

TEST(TokenCommand, WhatIsWrongIsNamed) {
  const testing::scratch_file file("keys_for_errors");
  run_command({"keys", "--kid", "one", file.path()});
  const auto expect = [](const std::vector<std::string>& arguments, const std::string& text) {
    const auto error = error_of(arguments);
    EXPECT_NE(error.find(text), std::string::npos) << error;
    EXPECT_EQ(error.find('\n'), std::string::npos) << error;
  };
  expect({"keys"}, "FILE is required");
  expect({"keys", "--algorithm", "none", "x"}, "--algorithm takes HS256, RS256, ES256 or EdDSA");
  expect({"keys", "--kid", "", "x"}, "--kid takes a name");
  expect({"keys", "/nonexistent/keys"}, "/nonexistent/keys: No such file or directory");
  expect({"token"}, "--key is required");
  expect({"token", "--key", "/nonexistent"}, "keys in /nonexistent: No such file or directory");
  expect({"token", "--key", file.path(), "--kid", "two"}, "no key of it has this kid");
  expect({"token", "--key", file.path(), "--subscribe", "a b"}, "not 'a b'");
  for (const char* const time : {"1", "1y", "", "-1h", "3651d", "d"})
    expect({"token", "--key", file.path(), "--expires", time}, "--expires takes a duration");
  expect({"token", "--key", file.path(), "--sub", std::string(4096, 'x')}, "over 4096 bytes");
  expect({"token", "--key", "/tmp"}, "keys in /tmp: not a regular file");
  expect({"token", "--key", file.path(), "--sub", "\xff"}, "must be UTF-8");
  EXPECT_EQ(run_command({"--port", "1"}), "no command");
  EXPECT_EQ(run_command({}), "no command");
}

}  // namespace
}  // namespace ws_demo
