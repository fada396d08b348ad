// ws-demo: command line in, exit status out.

#include "app/command_line.hpp"
#include "app/log.hpp"
#include "app/memory_purge.hpp"
#include "app/memory_reserve.hpp"
#include "app/reload_signal.hpp"
#include "app/stop_signals.hpp"
#include "app/systemd.hpp"
#include "app/token_command.hpp"
#include "common/text.hpp"
#include "net/admission.hpp"
#include "net/asio.hpp"
#include "net/remote_end.hpp"
#include "ws_demo/options.hpp"
#include "ws_demo/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <variant>

namespace {

using namespace ws_demo;

/// Where the descriptor is closed, the next file that is opened would get its number.
/// @throws std::runtime_error if it is.
void expect_open(int descriptor) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): that is how fcntl is declared
  if (::fcntl(descriptor, F_GETFD) < 0) throw std::runtime_error("standard input is closed");
}

void reload_keys(server& of) try { of.reload_token_keys(); } catch (const std::exception& error) {
  spdlog::error("{}; the keys stay as they are", error.what());
}

void log_listening(const server& s, const options& chosen) {
  const bool has_port = s.endpoint().port() != 0;
  spdlog::info("listening on {}{}", has_port ? "ws://" : "", printable(s.listening_on()));
  const bool knows_addresses =
      has_port || std::ranges::count(chosen.trusted_proxies, unix_prefix) > 0;
  if (chosen.max_peers_per_address > 0 && !knows_addresses)
    spdlog::warn("--max-peers-per-address has no effect without --trusted-proxy {}", unix_prefix);
}

void run(const options& chosen) {
  if (chosen.lines_from) expect_open(*chosen.lines_from);
  set_up_log(chosen.log_level);
  raise_descriptor_limit();
  asio::io_context io(1);  // one thread
  stop_signals signals(io);
  server* started = nullptr;
  std::optional<reload_signal> reload;  // what comes before the loop runs is kept, too
  if (!chosen.token_keys_file.empty()) reload.emplace(io, [&] { reload_keys(*started); });
  server push_server(io, chosen, passed_socket());
  started = &push_server;
  log_listening(push_server, chosen);
  if (!chosen.event_log_file.empty())
    spdlog::info("event log file={} position={}", printable(chosen.event_log_file.string()),
                 push_server.position());
  if (chosen.admin_port)
    spdlog::info("metrics on http://{}/metrics", to_string(push_server.admin_endpoint()));
  spdlog::info("serving page={}", chosen.web_root.empty() ? "built-in" : chosen.web_root.string());

  const memory_purge purge(io);
  memory_reserve reserve(io, [&] { push_server.memory_ran_out(); });
  watchdog alive(io);
  signals.async_wait([&](int number) {
    spdlog::info("stopping signal={} timeout={}ms", number,
                 (chosen.drain_spread + chosen.shutdown_timeout).count());
    notify_stopping();
    push_server.stop();
  });
  asio::co_spawn(io, push_server.run(), [&](const std::exception_ptr& failure) {
    signals.cancel();
    if (reload) reload->cancel();
    alive.stop();
    reserve.cancel();
    if (failure) std::rethrow_exception(failure);
  });
  notify_ready();
  io.run();
}

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): for a signal handler
volatile std::sig_atomic_t exit_status = 0;

/// Writes what is left of the log, and then why the program failed. Standard error may be a pipe
/// that nobody reads, or a terminal that is stopped: after a second the process ends without.
int end(int status, std::string_view failure = {}) {
  constexpr unsigned seconds_to_write = 1;
  exit_status = status;
  std::signal(SIGALRM, [](int) { ::_exit(exit_status); });
  ::alarm(seconds_to_write);
  spdlog::shutdown();
  if (!failure.empty()) std::cerr << "ws-demo: " << failure << '\n';
  ::alarm(0);
  return status;
}

int print(const notice& text) {
  std::cout << text.text << std::flush;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a log that nobody reads any more is no reason to die
  try {
    if (const auto made = run_token_command(argc, argv)) return print(*made);
    const auto parsed = parse_command_line(argc, argv);
    if (const auto* text = std::get_if<notice>(&parsed)) return print(*text);
    run(std::get<options>(parsed));
    spdlog::info("stopped");
    return end(0);
  } catch (const usage_error& error) {
    return end(2, error.what());
  } catch (const std::exception& error) {
    return end(1, error.what());
  }
}
