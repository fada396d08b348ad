// Tokens and key sets that other implementations of JSON Web Tokens have made.

#include "http/token/json_web_token.hpp"
#include "program.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;

class made_token {
 public:
  explicit made_token(const std::string& line) {
    const auto object = nlohmann::json::parse(line);
    token_ = object.at("token").get<std::string>();
    auto parsed = token_key_set::parse(object.at("jwks").get<std::string>(), unused_);
    if (const auto* const why = std::get_if<std::string>(&parsed))
      throw std::invalid_argument(*why);
    keys_ = std::get<token_key_set>(std::move(parsed));
    rules_.audience = "push";
    rules_.issuer = "maker";
  }

  const std::string& text() const { return token_; }
  std::size_t usable_keys() const { return keys_.size(); }
  std::size_t unused_keys() const { return unused_.size(); }

  std::variant<token_claims, std::string_view> verified(std::string_view token) const {
    return verify_token(token, keys_, rules_, std::chrono::system_clock::now());
  }

 private:
  std::string token_;
  std::vector<std::string> unused_;
  token_key_set keys_;
  token_rules rules_;
};

void expect_to_hold(const made_token& made) {
  EXPECT_EQ(made.usable_keys(), 4U);
  EXPECT_EQ(made.unused_keys(), 2U);
  const auto result = made.verified(made.text());
  if (const auto* const why = std::get_if<std::string_view>(&result))
    FAIL() << made.text() << " " << *why;
  const auto& claims = std::get<token_claims>(result);
  EXPECT_EQ(claims.subject, "J\xc3\xbcrgen");
  EXPECT_EQ(claims.subscribe, (std::vector<std::string>{"news.*", "chat"}));
  EXPECT_EQ(claims.publish, std::vector<std::string>{"chat"});
  const auto left = claims.expires - std::chrono::system_clock::now();
  EXPECT_GT(left, 30min);
  EXPECT_LE(left, 1h + 1s);
}

void expect_to_hold_as_it_is_only(const made_token& made) {
  auto changed = made.text();
  for (char& c : changed) {
    const char before = c;
    c = before == 'x' ? 'y' : 'x';
    ASSERT_TRUE(std::holds_alternative<std::string_view>(made.verified(changed))) << changed;
    c = before;
  }
}

void expect_tokens_of_all_algorithms(program& maker) {
  ASSERT_EQ(maker.wait(), 0) << maker.errors();
  std::istringstream lines(maker.output());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const made_token made(line);
    expect_to_hold(made);
    expect_to_hold_as_it_is_only(made);
  }
  EXPECT_EQ(count, 4);
}

TEST(ForeignToken, OfPythonsJwt) {
  // Debian's own Python has the packages of Debian.
  program python({"/usr/bin/python3", WS_DEMO_FOREIGN "/make_tokens.py"});
  expect_tokens_of_all_algorithms(python);
}

TEST(ForeignToken, OfNodesJose) {
  program node({"node", WS_DEMO_FOREIGN "/make_tokens.cjs"}, {"NODE_PATH=/usr/share/nodejs"});
  expect_tokens_of_all_algorithms(node);
}

}  // namespace
}  // namespace ws_demo::testing
