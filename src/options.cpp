#include "ws_demo/options.hpp"

#include "ws_demo/text.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <vector>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

/// A whole number with one of the units behind it, at most `largest` once multiplied.
std::optional<std::uint64_t> parse_quantity(std::string_view text, std::span<const unit> units,
                                            std::uint64_t largest) {
  std::uint64_t number = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [rest, error] = std::from_chars(begin, end, number);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view name(rest, static_cast<std::size_t>(end - rest));
  const auto found = std::ranges::find(units, name, &unit::name);
  if (found == units.end() || number > largest / found->factor) return std::nullopt;
  return number * found->factor;
}

template <class T>
bool assign(T& target, const std::optional<T>& value) {
  if (value) target = *value;
  return value.has_value();
}

constexpr std::array log_levels{"trace", "debug", "info", "warn", "error", "off"};

/// One option as the user sees it. `set` says whether it takes the text.
struct setting {
  std::string name;
  std::string type;
  std::string initial;
  std::string takes;
  std::string about;
  std::string group;
  std::function<bool(options&, const std::string&)> set;
};

std::vector<setting> settings() {
  return {
      {"host", "ADDRESS", "127.0.0.1", "an IPv4 or IPv6 address, or localhost",
       "Address to listen on: IPv4, IPv6 or localhost", "Listening",
       [](options& o, const std::string& text) {
         error_code ec;
         const auto address = asio::ip::make_address(text == "localhost" ? "127.0.0.1" : text, ec);
         if (!ec) o.host = address;
         return !ec;
       }},
      {"port", "N", "9001", "a whole number from 0 to 65535",
       "TCP port to listen on; 0 lets the system choose", "Listening",
       [](options& o, const std::string& text) {
         static constexpr std::array plain{unit{"", 1}};
         const auto number = parse_quantity(text, plain, 65535);
         if (number) o.port = static_cast<std::uint16_t>(*number);
         return number.has_value();
       }},
      {"interval", "DURATION", "1s", "a duration such as 250ms, 1s or 2m (at most 24h), or 0",
       "Time between two pushes to a peer (250ms, 1s, 2m); 0 turns them off", "Events",
       [](options& o, const std::string& text) {
         return assign(o.interval, parse_duration(text));
       }},
      {"max-message-size", "SIZE", "1MiB",
       "a size such as 512 (bytes), 64KiB or 16MiB, from 1 byte to 1GiB",
       "Largest message a peer may send (bytes, KiB, MiB, GiB)", "Limits",
       [](options& o, const std::string& text) {
         const auto size = parse_size(text);
         return size && *size >= 1 && *size <= (std::size_t{1} << 30) &&
                assign(o.max_message_bytes, size);
       }},
      {"shutdown-timeout", "DURATION", "5s", "a duration such as 500ms, 5s or 1m (at most 24h)",
       "How long a stop waits for the peers to go (500ms, 5s, 1m)", "Limits",
       [](options& o, const std::string& text) {
         return assign(o.shutdown_timeout, parse_duration(text));
       }},
      {"web-root", "DIR", "web/dist of the sources", "a folder with an index.html",
       "Folder of the built page; without one, a small built-in page is served", "Page",
       [](options& o, const std::string& text) {
         o.web_root = text;
         return !text.empty();
       }},
      {"log-level", "LEVEL", "info", "one of trace, debug, info, warn, error, off",
       "What to log: trace, debug, info, warn, error, off", "Running",
       [](options& o, const std::string& text) {
         if (std::ranges::find(log_levels, text) == log_levels.end()) return false;
         o.log_level = text;
         return true;
       }},
  };
}

std::string environment_name(const std::string& option) {
  std::string name = "WS_DEMO_" + option;
  std::ranges::transform(name, name.begin(), [](unsigned char c) {
    return c == '-' ? '_' : static_cast<char>(std::toupper(c));
  });
  return name;
}

/// The settings a file makes, by option name.
std::map<std::string, std::string> read_file(const CLI::App& app, const std::string& path,
                                             const std::vector<setting>& all) {
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
  std::map<std::string, std::string> values;
  for (const auto& item : items) {
    if (item.name == "++" || item.name == "--") continue;  // how CLI11 marks a section's ends
    const auto name = item.fullname();
    if (std::ranges::find(all, name, &setting::name) == all.end())
      throw problem("there is no option '" + printable(name) + "'");
    if (item.inputs.size() != 1 || values.contains(name)) throw problem(name + " takes one value");
    values[name] = item.inputs.front();
  }
  return values;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  static constexpr std::array units{unit{"ms", 1}, unit{"s", 1'000}, unit{"m", 60'000},
                                    unit{"h", 3'600'000}};
  if (text == "0") return 0ms;
  const auto count = parse_quantity(text, units, 86'400'000);
  if (!count) return std::nullopt;
  return std::chrono::milliseconds(*count);
}

std::optional<std::size_t> parse_size(std::string_view text) {
  static constexpr std::array units{unit{"", 1}, unit{"KiB", std::uint64_t{1} << 10},
                                    unit{"MiB", std::uint64_t{1} << 20},
                                    unit{"GiB", std::uint64_t{1} << 30}};
  return parse_quantity(text, units, std::uint64_t{1} << 40);
}

std::variant<options, notice> parse_options(int argc, const char* const* argv) {
  CLI::App app{"Pushes events to web browsers over WebSocket.", "ws-demo"};
  app.set_help_flag("--help", "Print this and exit")->group("Running");
  app.set_version_flag("--version", "ws-demo " WS_DEMO_VERSION, "Print name and version and exit")
      ->group("Running");
  app.get_formatter()->column_width(44);
  app.footer(
      "In parentheses: the default, and the variable of the environment that sets it too.\n"
      "The command line wins over the environment, the environment over the file.\n"
      "Logs go to standard error.");

  std::string file;
  app.add_option("--config", file, "Read options from FILE, one to a line: port=9001")
      ->option_text("FILE (none, WS_DEMO_CONFIG)")
      ->envname("WS_DEMO_CONFIG")
      ->group("Running");
  const auto all = settings();
  std::map<std::string, std::string> values;
  for (const auto& s : all) {
    const auto variable = environment_name(s.name);
    app.add_option("--" + s.name, values[s.name], s.about)
        ->option_text(s.type + " (" + s.initial + ", " + variable + ")")
        ->envname(variable)
        ->group(s.group);
  }

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
    throw usage_error(printable(what) + " (--help lists the options)");
  }

  const auto from_file =
      file.empty() ? std::map<std::string, std::string>{} : read_file(app, file, all);
  options result;
  if (std::filesystem::exists(WS_DEMO_WEB_ROOT "/index.html")) result.web_root = WS_DEMO_WEB_ROOT;
  for (const auto& s : all) {
    const bool given = app.get_option("--" + s.name)->count() > 0;
    const auto in_file = from_file.find(s.name);
    if (!given && in_file == from_file.end()) continue;
    const auto& text = given ? values[s.name] : in_file->second;
    if (!s.set(result, text))
      throw usage_error("--" + s.name + " takes " + s.takes + ", not '" + printable(text) + "'");
  }
  return result;
}

}  // namespace ws_demo
