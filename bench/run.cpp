#include "run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <limits>
#include <utility>

namespace ws_bench {
namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): a handler has nothing else
volatile std::sig_atomic_t signalled = 0;

}  // namespace

void heed_signals() {
  const auto handler = [](int number) {
    signalled = 1;
    std::signal(number, SIG_DFL);
  };
  std::signal(SIGINT, handler);
  std::signal(SIGTERM, handler);
}

bool interrupted() {
  return signalled != 0;
}

progress::progress() : terminal_(::isatty(STDERR_FILENO) == 1) {}

progress::~progress() {
  if (terminal_) std::fputs("\r\x1b[K", stderr);
}

void progress::show(const std::function<std::string()>& text) {
  const auto now = clock::now();
  if (!terminal_ || now < next_) return;
  next_ = now + std::chrono::milliseconds(100);
  std::fputs(fmt::format("\r\x1b[K{}", text()).c_str(), stderr);
}

mark mark::now(const options& o) {
  mark m;
  m.at = clock::now();
  if (o.pid != 0) m.server = usage_of(o.pid);
  if (const auto own = usage_of(::getpid())) m.client_cpu = own->cpu;
  return m;
}

seconds connect_all(client& c, const options& o) {
  progress line;
  const auto began = clock::now();
  const auto places = c.peers();
  std::size_t started = 0;
  while (c.open() < places.size() && !interrupted()) {
    const double due = seconds(clock::now() - began).count() * o.rate + 1;
    const std::size_t allowed = o.rate > 0 && due < static_cast<double>(places.size())
                                    ? static_cast<std::size_t>(due)
                                    : places.size();
    while (started < allowed && c.under_way() < o.at_once) c.connect(places[started++]);
    c.turn(clock::now() + std::chrono::milliseconds(started < places.size() ? 1 : 100));
    c.expire();
    if (c.lost() > 0)
      throw misbehaviour(fmt::format("after {} connections: {}", c.open(), c.first_failure()));
    line.show([&] { return fmt::format("connecting {}/{}", c.open(), places.size()); });
  }
  return clock::now() - began;
}

void spend(client& c, seconds time, std::string_view what, const std::function<bool()>& done) {
  progress line;
  const auto began = clock::now();
  const auto end = began + std::chrono::duration_cast<clock::duration>(time);
  auto next_look = began;
  while (!interrupted()) {
    const auto now = clock::now();
    if (now >= end || (done && done())) return;
    if (now >= next_look) {
      c.expire();
      next_look = now + std::chrono::milliseconds(100);
    }
    c.turn(end);
    line.show([&] {
      return fmt::format("{} {:.0f}/{:.0f} s, {} peers", what, seconds(now - began).count(),
                         time.count(), c.open());
    });
  }
}

void tell_costs(report& r, const span_of_time& span, std::uint64_t count, std::string_view unit) {
  double server = nothing;
  if (span.begin.server && span.end.server)
    server = (span.end.server->cpu - span.begin.server->cpu).count();
  const double own = (span.end.client_cpu - span.begin.client_cpu).count();
  const double length = span.length();
  r.number(fmt::format("server_cpu_us_per_{}", unit), fmt::format("server CPU a {}", unit),
           count > 0 ? server * 1e6 / static_cast<double>(count) : nothing, "µs", 2);
  r.number("server_cpu_percent", "server CPU", server / length * 100, "%", 1);
  r.number("client_cpu_percent", "client CPU", own / length * 100, "%", 1);
}

void tell_memory(report& r, const std::optional<usage>& before, const std::optional<usage>& after,
                 std::size_t peers) {
  double each = nothing;
  if (before && after && peers > 0)
    each =
        (static_cast<double>(after->resident_bytes) - static_cast<double>(before->resident_bytes)) /
        static_cast<double>(peers);
  r.number("resident_bytes_per_peer", "resident memory a peer", each, "bytes", 0);
}

outcome finished(report r, const client& c, std::initializer_list<complaint> complaints) {
  r.count("lost_peers", "lost peers", c.lost());
  std::string told;
  if (c.lost() > 0) told = fmt::format("{} peers were lost: {}", c.lost(), c.first_failure());
  for (const auto& [count, what] : complaints)
    if (told.empty() && count > 0) told = fmt::format("{} {}", count, what);
  return {std::move(r), told};
}

void tell_times(report& r, const std::string& key, const std::string& label, const histogram& times,
                bool with_largest) {
  r.number(key + "_p50_ms", label + ", median", times.quantile(0.5) * 1e3, "ms", 3);
  r.number(key + "_p99_ms", label + ", p99", times.quantile(0.99) * 1e3, "ms", 3);
  if (with_largest)
    r.number(key + "_max_ms", label + ", longest", times.quantile(1) * 1e3, "ms", 3);
}

}  // namespace ws_bench
