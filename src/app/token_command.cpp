#include "app/token_command.hpp"

#include "app/quantity.hpp"
#include "app/signing_key.hpp"
#include "common/base64url.hpp"
#include "common/text.hpp"
#include "events/topic.hpp"
#include "http/token/json_web_token.hpp"
#include "http/token/key_file.hpp"

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace ws_demo {
namespace {

constexpr std::uint64_t longest_days = 3650;

std::runtime_error file_error(const std::string& path, std::string_view why) {
  return std::runtime_error(fmt::format("{}: {}", printable(path), why));
}

/// Readable by its owner only, and never one that is there already.
void make_secret_file(const std::string& path, std::string_view text) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): that is how open is declared
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) throw file_error(path, std::error_code(errno, std::generic_category()).message());
  const auto written = ::write(file, text.data(), text.size());
  const bool is_whole = written == static_cast<ssize_t>(text.size());
  if (::close(file) == 0 && is_whole) return;
  ::unlink(path.c_str());
  throw file_error(path, "cannot be written");
}

/// Those of its keys that are for tokens.
std::vector<nlohmann::json> read_key_set(const std::string& path) {
  const auto text = read_key_file(path);
  std::vector<std::string> unused;
  const auto set = token_key_set::parse(text, unused);
  if (const auto* const wrong = std::get_if<std::string>(&set)) throw file_error(path, *wrong);
  std::vector<nlohmann::json> keys;
  const auto object = nlohmann::json::parse(text);
  for (const auto& key : object.at("keys"))
    if (std::holds_alternative<token_key>(token_key::parse(key))) keys.push_back(key);
  return keys;
}

std::string random_id() {
  std::random_device random;
  return fmt::format("{:08x}", random());
}

std::string public_keys(const std::string& path) {
  auto set = nlohmann::json{{"keys", nlohmann::json::array()}};
  for (const auto& key : read_key_set(path)) {
    const auto part = public_part(key);
    if (part.is_null()) throw file_error(path, "an HS256 key is secret as a whole");
    set["keys"].push_back(part);
  }
  return set.dump(2) + '\n';
}

std::chrono::seconds parse_lifetime(const std::string& text) {
  if (text.ends_with('d'))
    if (const auto days = parse_count({text.data(), text.size() - 1}, longest_days))
      return std::chrono::days(*days);
  const auto time = parse_duration(text);
  if (!time) throw usage_error("--expires takes a duration such as 15m, 1h or 30d");
  return std::chrono::duration_cast<std::chrono::seconds>(*time);
}

void expect_topics(const char* option, const std::vector<std::string>& topics) {
  for (const auto& topic : topics)
    if (!is_pattern(topic))
      throw usage_error(fmt::format("{} takes topics and patterns such as news or news.*, not '{}'",
                                    option, printable(topic)));
}

/// The first of the file that can sign, or the one with this id.
nlohmann::json find_key(const std::string& path, const std::string& id) {
  for (const auto& key : read_key_set(path))
    if (can_sign(key) && (id.empty() || key.value("kid", "") == id)) return key;
  throw file_error(
      path, id.empty() ? "no key of it can sign" : "no key of it has this kid, and can sign");
}

/// What CLI11 finds wrong, or --help.
template <class Run>
notice parse_and(CLI::App& app, int argc, const char* const* argv, Run run) try {
  app.parse(argc, argv);
  return notice{run()};
} catch (const CLI::CallForHelp&) {
  return notice{app.help()};
} catch (const nlohmann::json::type_error&) {
  throw usage_error("what a key or token has must be UTF-8");
} catch (const CLI::ParseError& error) {
  throw usage_error(printable(error.what()) + " (--help lists the options)");
}

notice make_keys(int argc, const char* const* argv) {
  CLI::App app{
      "Makes FILE, a JSON Web Key Set with a new key. Keep it secret: its key signs tokens.",
      "ws-demo keys"};
  std::string algorithm = "HS256";
  std::string id = random_id();
  std::string path;
  bool only_public = false;
  app.add_option("--algorithm", algorithm, "HS256, RS256, ES256 or EdDSA")
      ->option_text("NAME (HS256)");
  app.add_option("--kid", id, "The name of the key")->option_text("NAME (random)");
  app.add_flag("--public", only_public,
               "Print the public part of the keys in FILE instead, which is all that servers need");
  app.add_option("FILE", path)->required();
  return parse_and(app, argc, argv, [&]() -> std::string {
    if (only_public) return public_keys(path);
    const auto known = token_algorithm_named(algorithm);
    if (!known) throw usage_error("--algorithm takes HS256, RS256, ES256 or EdDSA");
    if (id.empty()) throw usage_error("--kid takes a name");
    const nlohmann::json set{{"keys", {make_signing_key(*known, id)}}};
    make_secret_file(path, set.dump(2) + '\n');
    return {};
  });
}

notice make_token(int argc, const char* const* argv) {
  CLI::App app{"Prints a token that is signed with a key of FILE.", "ws-demo token"};
  std::string path;
  std::string id;
  std::string subject;
  std::string audience;
  std::string issuer;
  std::string lifetime = "1h";
  std::vector<std::string> subscribe;
  std::vector<std::string> publish;
  app.add_option("--key", path, "A JSON Web Key Set, as `ws-demo keys` makes it")
      ->option_text("FILE")
      ->required();
  app.add_option("--kid", id, "Which of its keys")->option_text("NAME (the first)");
  app.add_option("--sub", subject, "Who the token is for; the server logs it")->option_text("NAME");
  app.add_option("--subscribe", subscribe, "What may be subscribed to; may be repeated")
      ->option_text("TOPIC")
      ->delimiter(',');
  app.add_option("--publish", publish, "What may be published on; may be repeated")
      ->option_text("TOPIC")
      ->delimiter(',');
  app.add_option("--expires", lifetime, "When it ends: 15m, 1h, 30d")->option_text("DURATION (1h)");
  app.add_option("--aud", audience, "The audience, as the server's --token-audience")
      ->option_text("NAME");
  app.add_option("--iss", issuer, "The issuer, as the server's --token-issuer")
      ->option_text("NAME");
  return parse_and(app, argc, argv, [&] {
    expect_topics("--subscribe", subscribe);
    expect_topics("--publish", publish);
    const auto expires = std::chrono::system_clock::now() + parse_lifetime(lifetime);
    nlohmann::json claims{
        {"exp",
         std::chrono::duration_cast<std::chrono::seconds>(expires.time_since_epoch()).count()}};
    if (!subject.empty()) claims["sub"] = subject;
    if (!audience.empty()) claims["aud"] = audience;
    if (!issuer.empty()) claims["iss"] = issuer;
    if (!subscribe.empty()) claims["subscribe"] = subscribe;
    if (!publish.empty()) claims["publish"] = publish;
    const auto token = sign_token(find_key(path, id), claims);
    if (token.size() > max_token_bytes)
      throw usage_error(fmt::format("the token would have over {} bytes", max_token_bytes));
    return token + '\n';
  });
}

}  // namespace

std::optional<notice> run_token_command(int argc, const char* const* argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command == "keys") return make_keys(argc - 1, argv + 1);
  if (command == "token") return make_token(argc - 1, argv + 1);
  return std::nullopt;
}

}  // namespace ws_demo
