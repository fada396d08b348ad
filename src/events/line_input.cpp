#include "events/line_input.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <new>
#include <stdexcept>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace ws_demo {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{64} << 10;

}  // namespace

line_input::line_input(const executor& on, int descriptor, publisher& to)
    : to_(to),
      input_(on),
      descriptor_(descriptor),
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): fcntl is declared so
      flags_(::fcntl(descriptor, F_GETFL)),
      max_line_bytes_(max_line_bytes(to.limits())) {
  error_code ec;
  input_.assign(descriptor, ec);
  if (ec) throw std::runtime_error("cannot read the input: " + ec.message());
}

line_input::~line_input() {
  input_.release();
  // Asio has made it non-blocking, which is a property of the open file description (open(2)), and
  // so of other processes that share it, such as the shell.
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): as above
  ::fcntl(descriptor_, F_SETFL, flags_);
}

void line_input::stop() {
  stopped_ = true;
  error_code ignored;
  input_.cancel(ignored);
}

task<void> line_input::publish_all() {
  std::vector<char> chunk(chunk_bytes);
  error_code ec;
  while (!ec && !stopped_) {
    const auto buffer = asio::buffer(chunk);
    std::size_t size = 0;
    std::tie(ec, size) = co_await input_.async_read_some(buffer, no_throw);
    co_await publish_lines_of({chunk.data(), size});
  }
  if (stopped_) co_return;
  if (!line_.empty() || too_long_)
    co_await publish_lines_of("\n");  // the last one, without a newline
  if (ec != asio::error::eof) spdlog::error("cannot read the input: {}", ec.message());
  spdlog::info("input ended lines={} skipped={}", lines_, skipped_);
}

task<void> line_input::publish_lines_of(std::string_view chunk) {
  for (auto end = chunk.find('\n'); end != std::string_view::npos && !stopped_;
       end = chunk.find('\n')) {
    keep(chunk.substr(0, end));
    chunk.remove_prefix(end + 1);
    ++lines_;
    std::string wrong;
    try {
      wrong = co_await publish_line();
    } catch (const std::bad_alloc&) {
      wrong = "no memory";
    }
    if (wrong.empty()) continue;
    ++skipped_;
    to_.skip_line(lines_, wrong);
    co_await asio::post(input_.get_executor(), no_throw);  // a flood of them holds up nobody
  }
  keep(chunk);
}

void line_input::keep(std::string_view part) try {
  too_long_ = too_long_ || line_.size() + part.size() > max_line_bytes_;
  if (too_long_)
    line_.clear();
  else
    line_ += part;
} catch (const std::bad_alloc&) {
  too_long_ = true;  // for the memory that there is
  line_.clear();
}

task<std::string> line_input::publish_line() {
  const auto line = std::exchange(line_, {});
  if (std::exchange(too_long_, false))
    co_return fmt::format("it is over {} bytes", max_line_bytes_);
  if (trimmed_json(line).empty()) co_return "";
  auto parsed = parse_event_line(line, to_.limits());
  if (auto* wrong = std::get_if<std::string>(&parsed)) co_return std::move(*wrong);
  const auto& event = std::get<published_line>(parsed);
  publisher::batch one(to_);
  co_await one.add(event.topic, event.payload, {"stdin", "stdin"});
  co_return one.result().what == publish_result::outcome::no_room
      ? "there is no room for another topic"
      : "";
}

}  // namespace ws_demo
