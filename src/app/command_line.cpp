#include "app/command_line.hpp"

#include "app/event_log_option.hpp"
#include "app/option_table.hpp"
#include "app/publish_token.hpp"
#include "common/text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <vector>

namespace ws_demo {
namespace {

constexpr const char* token_file = "publish-token-file";
constexpr const char* public_topics = "public-topics";

/// What was given for each option, by name.
using given_values = std::map<std::string, std::vector<std::string>>;

std::string environment_name(const std::string& option) {
  std::string name = "WS_DEMO_" + option;
  std::ranges::transform(name, name.begin(), [](unsigned char c) {
    return c == '-' ? '_' : static_cast<char>(std::toupper(c));
  });
  return name;
}

/// Makes the option known to CLI11, which puts what is given for it into `texts`.
void add_option(CLI::App& app, const option_entry& s, std::vector<std::string>& texts) {
  const auto name = "--" + s.name;
  const auto variable = environment_name(s.name);
  // A vector would take "[::1]" for a list.
  const auto take_one = [&texts](const std::string& text) { texts = {text}; };
  CLI::Option* option = nullptr;
  if (s.type.empty())
    option = app.add_flag(name)->each(take_one);
  else if (s.repeatable)
    option = app.add_option(name, texts)
                 ->allow_extra_args(false)
                 ->delimiter(',');  // in the environment: one,two
  else
    option = app.add_option_function<std::string>(name, take_one);
  option->description(s.help + (s.range.empty() ? "" : " [" + s.range + "]"))
      ->option_text((s.type.empty() ? "" : s.type + " ") + "(" + s.initial + ", " + variable + ")")
      ->envname(variable)
      ->group(s.group);
}

/// The values that a file sets, by option name.
given_values read_file(const CLI::App& app, const std::string& path,
                       const std::vector<option_entry>& all) {
  const auto problem = [&path](const std::string& what) {
    return usage_error("--config: " + printable(path) + ": " + what);
  };
  std::vector<CLI::ConfigItem> items;
  try {
    if (std::filesystem::is_directory(path)) throw CLI::FileError(path);
    items = app.get_config_formatter()->from_file(path);
  } catch (const CLI::Error&) {
    throw problem("cannot be read; --config takes a file of lines such as port=9001");
  }
  given_values values;
  for (const auto& item : items) {
    if (item.name == "++" || item.name == "--") continue;  // how CLI11 marks a section's ends
    const auto name = item.fullname();
    const auto option = std::ranges::find(all, name, &option_entry::name);
    if (option == all.end())
      throw problem("there is no option '" + printable(without_addresses(name)) + "'");
    if (name == public_topics && !values.contains(name)) {  // a list, which CLI11 takes apart
      values[name] = {fmt::format("{}", fmt::join(item.inputs, ","))};
      continue;
    }
    if ((item.inputs.size() != 1 || values.contains(name)) && !option->repeatable)
      throw problem(name + " takes one value");
    values[name].insert(values[name].end(), item.inputs.begin(), item.inputs.end());
  }
  return values;
}

std::string not_taken(const option_entry& by, const std::string& value) {
  const auto advice = by.advice(value);
  return "--" + by.name + " takes " + by.takes + ", not '" + printable(without_secrets(value)) +
         "'" + (advice.empty() ? "" : ": " + printable(advice));
}

/// Takes the token in the environment. False if there is none; an empty variable is none, as with
/// the options.
bool take_token(options& to) {
  const char* const variable = "WS_DEMO_PUBLISH_TOKEN";
  const char* const text = std::getenv(variable);
  if (!text || *text == '\0') return false;
  auto token = parse_token(text);
  if (!token) throw usage_error(std::string(variable) + " takes " + describe_token());
  to.publish_token = *std::move(token);
  return true;
}

}  // namespace

std::variant<options, notice> parse_command_line(int argc, const char* const* argv) {
  CLI::App app{"Pushes events to web browsers over WebSocket.", "ws-demo"};
  app.set_help_flag("--help", "Print this and exit")->group("Running");
  app.set_version_flag("--version", "ws-demo " WS_DEMO_VERSION, "Print name and version and exit")
      ->group("Running");
  app.get_formatter()->column_width(44);
  app.footer(
      "In parentheses: the default, and the variable of the environment that sets it too.\n"
      "The command line wins over the environment, the environment over the file.\n"
      "Logs go to standard error.\n"
      "ws-demo keys FILE makes a key for tokens, ws-demo token a token; both have a --help.\n"
      "Not options: 100 fields for the head of a request; 4 MiB for a bulk of events;\n"
      "100 requests on a connection, 15 s between them; 5 s to answer a close and 5 s to hang up.");

  std::string file;
  app.add_option("--config", file, "Read options from FILE, one to a line: port=9001")
      ->option_text("FILE (none, WS_DEMO_CONFIG)")
      ->envname("WS_DEMO_CONFIG")
      ->group("Running");
  const auto all = option_table();
  given_values values;
  for (const auto& s : all) add_option(app, s, values[s.name]);

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return notice{app.help()};
  } catch (const CLI::CallForVersion&) {
    return notice{app.version() + "\n"};
  } catch (const CLI::ParseError& error) {
    const std::string_view what = error.what();
    for (const auto& s : all)
      if (what.starts_with("--" + s.name + ":"))
        throw usage_error("--" + s.name + " takes " + s.takes + ", once");
    throw usage_error(printable(without_addresses(std::string(what))) +
                      " (--help lists the options)");
  }

  auto from_file = file.empty() ? given_values{} : read_file(app, file, all);
  options result;
  if (app.get_option(std::string("--") + token_file)->count() == 0 && take_token(result))
    from_file.erase(token_file);
  if (std::filesystem::exists(WS_DEMO_WEB_ROOT "/index.html")) result.web_root = WS_DEMO_WEB_ROOT;
  for (const auto& s : all) {
    const bool given = app.get_option("--" + s.name)->count() > 0;
    const auto in_file = from_file.find(s.name);
    if (!given && in_file == from_file.end()) continue;
    for (const auto& text : given ? values[s.name] : in_file->second)
      if (!s.set(result, text)) throw usage_error(not_taken(s, text));
  }
  if (result.event_log_sync && result.event_log_file.empty())
    throw usage_error("--event-log-sync needs --event-log with a file");
  const options initial;
  const bool has_nats_options =
      result.nats_stream != initial.nats_stream || result.nats_replicas != initial.nats_replicas ||
      !result.nats_credentials_file.empty() || !result.nats_ca_file.empty() ||
      !result.nats_certificate_file.empty();
  if (has_nats_options && result.nats_servers.empty())
    throw usage_error(
        "--event-log-stream, -replicas, -creds, -ca, -cert and -key need --event-log nats://...");
  // As by a mistake in a file of variables: everybody could listen.
  const char* const keys = std::getenv("WS_DEMO_TOKEN_KEYS");
  if (keys && *keys == '\0' && result.token_keys_file.empty())
    throw usage_error("WS_DEMO_TOKEN_KEYS is empty; it takes the name of a file");
  const bool has_token_options = result.public_topics != initial.public_topics ||
                                 !result.token_audience.empty() || !result.token_issuer.empty() ||
                                 result.token_clock_skew != initial.token_clock_skew ||
                                 !result.token_cookie.empty() || result.token_in_query;
  if (has_token_options && result.token_keys_file.empty())
    throw usage_error(
        "--public-topics, --token-audience, -issuer, -clock-skew, -cookie and -in-query need "
        "--token-keys");
  if (result.unix_socket_mode != initial.unix_socket_mode && result.unix_socket.empty())
    throw usage_error("--socket-mode needs --host unix:PATH");
  if (result.nats_certificate_file.empty() != result.nats_key_file.empty())
    throw usage_error("--event-log-cert and --event-log-key need each other");
  return result;
}

}  // namespace ws_demo
