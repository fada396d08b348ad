#include "http/request_reader.hpp"

#include <boost/asio/error.hpp>
#include <boost/beast/core/read_size.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace ws_demo {
namespace {

namespace http = boost::beast::http;
using boost::beast::flat_buffer;

constexpr std::string_view line_end = "\r\n";
constexpr int max_empty_lines = 8;

std::string_view text_of(const flat_buffer& buffer) {
  return {static_cast<const char*>(buffer.data().data()), buffer.size()};
}

/// @param held_bytes beside the buffer
task<error_code> read_some(connection& from, flat_buffer& into, std::size_t held_bytes = 0) {
  const auto room = into.prepare(boost::beast::read_size(into, max_unparsed_bytes));
  from.set_request_bytes(into.capacity() + held_bytes);
  const auto [ec, size] = co_await from.async_read_some(room, no_throw);
  into.commit(size);
  co_return ec;
}

/// How many fields a head has, as far as it has come. What follows it does not count.
std::size_t count_fields(std::string_view head, bool has_start_line) {
  if (!has_start_line && head.starts_with(line_end)) return 0;
  const auto last = head.find("\r\n\r\n");
  const auto lines = std::ranges::count(head.substr(0, last), '\n') + (last != head.npos ? 1 : 0);
  return static_cast<std::size_t>(has_start_line ? std::max(lines - 1, decltype(lines){0}) : lines);
}

std::size_t count_fields(const request_head& parsed) {
  return static_cast<std::size_t>(std::distance(parsed.begin(), parsed.end()));
}

}  // namespace

task<error_code> read_request_head(connection& from, flat_buffer& buffer, head_parser& parser,
                                   const options& limits) {
  const auto limit = max_head_bytes(limits);
  parser.header_limit(static_cast<std::uint32_t>(limit));
  parser.body_limit(boost::none);  // a body is read by others
  std::size_t parsed = 0;
  for (int empty_lines = 0;;) {
    while (parsed == 0 && empty_lines < max_empty_lines && text_of(buffer).starts_with(line_end)) {
      buffer.consume(line_end.size());
      ++empty_lines;
    }
    if (buffer.size() > 0 && text_of(buffer) != "\r") {
      error_code ec;
      // Before they are parsed, which takes a third of a microsecond each.
      if (count_fields(parser.get()) + count_fields(text_of(buffer), parsed == 0) >
          limits.max_request_fields)
        co_return boost::system::errc::make_error_code(boost::system::errc::argument_list_too_long);
      const auto size = parser.put(buffer.data(), ec);
      buffer.consume(size);
      parsed += size;
      // The parser's own limit is for what it is given at once, which leaves out what it has taken.
      const bool is_done = parser.is_header_done();
      if (parsed + (is_done ? 0 : buffer.size() + 1) > limit) co_return http::error::header_limit;
      if (is_done || (ec && ec != http::error::need_more)) co_return ec;
    }
    const auto held = fields_bytes(parser.get());
    if (const auto ec = co_await read_some(from, buffer, held)) co_return ec;
  }
}

// Not Beast's async_read_some(), which does not return while the end of a chunk is missing, as it
// is whenever a chunk has come whole.
task<error_code> read_request_body(connection& from, flat_buffer& buffer, body_parser& parser) {
  parser.eager(true);
  const auto head_bytes = fields_bytes(parser.get());
  while (!parser.is_done()) {
    error_code ec = http::error::need_more;
    const std::size_t known = parser.get().body().size();
    if (buffer.size() > 0) buffer.consume(parser.put(buffer.data(), ec));
    from.extend_deadline(parser.get().body().size() - known);
    if (ec && ec != http::error::need_more) co_return ec;
    if (parser.is_done()) break;
    if (buffer.size() == buffer.max_size()) co_return http::error::buffer_overflow;
    const auto held = head_bytes + heap_bytes_of(parser.get().body());
    if (const auto failed = co_await read_some(from, buffer, held)) co_return failed;
    if (from.memory().is_exceeded()) co_return asio::error::no_memory;
  }
  co_return error_code{};
}

}  // namespace ws_demo
