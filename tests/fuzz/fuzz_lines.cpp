// Lines of standard input: what can be published is, all else is passed over, and however they are
// cut into reads.

#include "common/memory_budget.hpp"
#include "events/event.hpp"
#include "events/line_input.hpp"
#include "events/memory_log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <variant>

namespace {

using namespace ws_demo;

void require(bool holds) {
  if (!holds) std::abort();
}

/// How many of them can be published.
std::size_t good_lines(std::string_view text, const options& limits) {
  std::size_t good = 0;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    good += std::holds_alternative<published_line>(parse_event_line(line, limits)) ? 1 : 0;
  }
  return good;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t pipe_bytes = 32768;  // are written without a reader
  spdlog::set_level(spdlog::level::off);
  const std::string_view text(reinterpret_cast<const char*>(data), std::min(size, pipe_bytes));
  options limits;
  limits.max_event_bytes = 64;
  metrics counts;
  limited_log log(counts);
  asio::io_context io(1);
  memory_budget memory{std::size_t{1} << 30};
  hub center(io.get_executor(), limits, memory);
  memory_log stored_in;
  stored_in.open(center);
  publisher to(io.get_executor(), limits, center, stored_in, counts, log);
  std::array<int, 2> ends{};
  require(::pipe2(ends.data(), O_CLOEXEC) == 0);
  {
    line_input input(io.get_executor(), ends[0], to);
    asio::co_spawn(io, input.publish_all(), asio::detached);
    const auto half = text.size() / 2;
    require(::write(ends[1], text.data(), half) == static_cast<ssize_t>(half));
    io.poll();
    require(::write(ends[1], text.data() + half, text.size() - half) ==
            static_cast<ssize_t>(text.size() - half));
    ::close(ends[1]);
    io.run();
  }
  ::close(ends[0]);
  const std::vector<std::string> all{"*"};
  const auto published = replay(center.past(), all, 0, 0).next(std::size_t{1} << 30, 0).events;
  require(published.size() == std::min<std::size_t>(good_lines(text, limits), 1000));
  for (const auto& event : published) require(event->id.starts_with(center.epoch() + ":"));
  return 0;
}
