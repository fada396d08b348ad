#include "options.hpp"

#include "process.hpp"

#include <CLI/CLI.hpp>
#include <arpa/inet.h>
#include <fmt/format.h>

namespace ws_bench {
namespace {

constexpr double longest = 24 * 60 * 60;
constexpr std::uint64_t most_bytes_in_flight = std::uint64_t{1} << 30;
constexpr double most_events = 1e6;
constexpr std::size_t largest_event_bytes = std::size_t{512} << 10;

void add_seconds(CLI::App& app, const std::string& name, seconds& target, double least,
                 const std::string& meaning) {
  app.add_option_function<double>(
         name, [&target](double value) { target = seconds(value); }, meaning)
      ->check(CLI::Range(least, longest))
      ->type_name("SECONDS")
      ->default_str(fmt::format("{}", target.count()));
}

void add_common(CLI::App& app, options& o, const std::string& path) {
  app.add_option("--host", o.host, "The server's IPv4 address")->type_name("ADDRESS");
  app.add_option("--port", o.port, "and its port")->check(CLI::Range(1, 65535))->type_name("N");
  app.add_option("--path", o.path, "What to ask it for")->type_name("TARGET")->default_str(path);
  app.add_option("--pid", o.pid, "The server's process, to tell what it costs")
      ->check(CLI::PositiveNumber)
      ->type_name("PID");
  app.add_flag("--json", o.json, "Print one JSON object instead of a table");
  add_seconds(app, "-d,--duration", o.duration, 0.01, "How long to measure");
  add_seconds(app, "--settle", o.settle, 0, "How long to wait before");
  add_seconds(app, "--timeout", o.timeout, 0.1, "How long anything may take to be answered");
  app.add_option("-c,--at-once", o.at_once, "Connections under way at once")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
}

void add_peers(CLI::App& app, options& o) {
  app.add_option("-n,--peers", o.peers, "How many peers")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
  app.add_option("--rate", o.rate, "Connections opened a second, at most; 0 for any number")
      ->check(CLI::Range(0.0, 1e7))
      ->type_name("N");
}

void check(const options& o) {
  in_addr address{};
  if (::inet_pton(AF_INET, o.host.c_str(), &address) != 1)
    throw usage_error(fmt::format("--host: {} is no IPv4 address", o.host));
  if (!o.path.starts_with('/') || o.path.find_first_of(" \r\n") != std::string::npos)
    throw usage_error(fmt::format("--path: '{}' is no path", o.path));
  if (o.token.find_first_of("\r\n") != std::string::npos)
    throw usage_error("--token: has more than one line");
  if (o.pid != 0 && !usage_of(o.pid))
    throw usage_error(fmt::format("--pid: there is no process {}", o.pid));
  if (o.mode == mode::echo &&
      o.message_bytes * std::uint64_t{o.pipeline} * o.peers > most_bytes_in_flight)
    throw usage_error("peers, size and pipeline make over 1 GiB in flight");
  if (o.mode == mode::fanout && o.duration.count() * o.events_per_second > most_events)
    throw usage_error("over a million events");

  constexpr std::uint64_t own = 16;  // standard ones, epoll, publisher
  const std::uint64_t sockets = o.mode == mode::churn ? o.at_once : o.peers;
  const std::uint64_t allowed = raise_descriptor_limit(sockets + own);
  if (allowed < sockets + own)
    throw usage_error(
        fmt::format("{} connections need more than the {} descriptors that this "
                    "system allows (ulimit -Hn)",
                    sockets, allowed));
}

}  // namespace

std::variant<options, std::string> parse_options(int argc, const char* const* argv) {
  options o;
  CLI::App app("Measures a WebSocket push server.", "ws-bench");
  app.require_subcommand(1);
  app.option_defaults()->always_capture_default();

  CLI::App& push = *app.add_subcommand("push", "peers that listen to a push each second");
  add_common(push, o, "/");
  add_peers(push, o);
  add_seconds(push, "--interval", o.interval, 0.001, "Time between two pushes");

  CLI::App& fanout = *app.add_subcommand("fanout", "events published to all peers");
  add_common(fanout, o, "/?topic=bench");
  add_peers(fanout, o);
  fanout.add_option("-r,--events", o.events_per_second, "Events published a second")
      ->check(CLI::Range(0.01, 1e5))
      ->type_name("N");
  fanout.add_option("--size", o.event_bytes, "Bytes of an event's payload, at least")
      ->check(CLI::Range(std::size_t{0}, largest_event_bytes))
      ->type_name("N");
  fanout.add_flag("--deflate", o.deflate, "Offer to take the events compressed");
  fanout.add_option("--token", o.token, "What the server wants to hear of those who publish")
      ->envname("WS_DEMO_PUBLISH_TOKEN")
      ->type_name("TOKEN");

  CLI::App& echo = *app.add_subcommand("echo", "peers whose messages come back");
  add_common(echo, o, "/");
  add_peers(echo, o);
  echo.add_option("--size", o.message_bytes, "Bytes of a message")
      ->check(CLI::Range(std::size_t{1}, std::size_t{64} << 20))
      ->type_name("N");
  echo.add_option("--pipeline", o.pipeline, "Messages in flight of each peer")
      ->check(CLI::Range(1, 65536))
      ->type_name("N");

  CLI::App& churn = *app.add_subcommand("churn", "peers that connect, hear one event, and close");
  add_common(churn, o, "/");

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return app.help();
  } catch (const CLI::ParseError& error) {
    throw usage_error(error.what());
  }
  if (fanout.parsed()) o.mode = mode::fanout;
  if (echo.parsed()) o.mode = mode::echo;
  if (churn.parsed()) o.mode = mode::churn;
  if (o.path.empty()) o.path = fanout.parsed() ? "/?topic=bench" : "/";
  check(o);
  return o;
}

}  // namespace ws_bench
