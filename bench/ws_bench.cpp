// ws-bench: measures a WebSocket push server. Command line in; table or JSON, and exit status, out:
// 0, 1 when the server does not do what it should, 2 for a wrong option.

#include "options.hpp"
#include "run.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <variant>

namespace {

using namespace ws_bench;

int say(std::string_view what, int status) {
  std::fputs(fmt::format("ws-bench: {}\n", what).c_str(), stderr);
  return status;
}

outcome run(const options& o) {
  switch (o.mode) {
    case mode::push:
      return run_push(o);
    case mode::fanout:
      return run_fanout(o);
    case mode::echo:
      return run_echo(o);
    case mode::churn:
      break;
  }
  return run_churn(o);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    const auto parsed = parse_options(argc, argv);
    if (const auto* help = std::get_if<std::string>(&parsed)) {
      std::fputs(help->c_str(), stdout);
      return 0;
    }
    const auto& o = std::get<options>(parsed);
    heed_signals();
    const outcome got = run(o);
    std::fputs((o.json ? got.told.json() : got.told.table()).c_str(), stdout);
    return got.complaint.empty() ? 0 : say(got.complaint, 1);
  } catch (const usage_error& error) {
    return say(error.what(), 2);
  } catch (const std::exception& error) {
    return say(error.what(), 1);
  }
}
