#include "ws_demo/event_stream.hpp"

#include "ws_demo/event.hpp"
#include "ws_demo/race.hpp"
#include "ws_demo/subscriber.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace ws_demo {
namespace {

namespace http = boost::beast::http;
using boost::beast::websocket::close_code;

response answer_to(const request_head& asked) {
  auto answer = make_answer(http::status::ok, "text/event-stream", nullptr);
  answer.version(asked.version());
  answer.content_length(boost::none);
  answer.chunked(asked.version() >= 11);
  answer.keep_alive(false);
  answer.set(http::field::cache_control, "no-cache");
  answer.set("X-Accel-Buffering", "no");  // nginx would collect what should go out at once
  // A page of another origin that may connect may also read what comes.
  if (const auto origin = asked[http::field::origin]; !origin.empty()) {
    answer.set(http::field::access_control_allow_origin, origin);
    answer.set(http::field::vary, "Origin");
  }
  return answer;
}

/// The text as one field. A payload may have line breaks, which are whitespace to JSON, but end a
/// field here.
std::string field_of_lines(std::string_view text) {
  std::string field;
  for (const char c : text) {
    if (c == '\n')
      field += "\ndata: ";
    else if (c != '\r')
      field += c;
  }
  return field;
}

/// One event of the stream, or a comment, as a chunk of the body (RFC 9112 §7.1) or, for HTTP/1.0,
/// as it is.
task<error_code> send(connection& c, const message& m, bool chunked) {
  std::string before;
  std::string_view text = m.bytes();
  std::string without_breaks;
  if (m.is == message::kind::ping) {
    before = ":";
  } else {
    if (const auto id = id_of(text); !id.empty()) before = fmt::format("id: {}\n", id);
    before += "data: ";
    if (text.find_first_of("\r\n") != std::string_view::npos)
      text = without_breaks = field_of_lines(text);
  }
  std::string_view after = "\n\n";
  if (chunked) {
    before.insert(0, fmt::format("{:x}\r\n", before.size() + text.size() + after.size()));
    after = "\n\n\r\n";
  }
  const std::array<asio::const_buffer, 3> parts{asio::buffer(before), asio::buffer(text),
                                                asio::buffer(after)};
  const auto [ec, size] = co_await asio::async_write(c, parts, no_throw);
  co_return ec;
}

/// Notices that the subscriber hangs up. What it sends means nothing here.
task<void> hear(subscriber& s) {
  const last_call at_end{s};
  std::array<char, 64> unread{};
  error_code ec;
  while (!ec) {
    const auto buffer = asio::buffer(unread);
    std::tie(ec, std::ignore) = co_await s.link.async_read_some(buffer, no_throw);
  }
  if (ec == asio::error::eof)
    s.ended({close_code::normal, "closed by peer"});
  else
    s.ended({close_code::abnormal, ec.message()});
}

/// The only writer: sends what is in the outbox, and why that is closed.
task<void> deliver(subscriber& s, bool chunked) {
  const last_call at_end{s};
  error_code ec;
  while (const message* next = ec ? nullptr : co_await s.box.front()) {
    ec = co_await send(s.link, *next, chunked);
    if (!ec) s.box.pop();
  }
  const auto& why = s.box.closed();
  if (!ec && why && !s.box.abandoned()) {
    s.link.must_progress_within(s.limits.close_timeout);
    const message last{.own = closed_event_text(why->code, why->text), .shared = {}, .due = {}};
    ec = co_await send(s.link, last, chunked);
    constexpr std::string_view no_more_chunks = "0\r\n\r\n";
    const auto end = asio::buffer(no_more_chunks, chunked ? no_more_chunks.size() : 0);
    if (!ec) std::tie(ec, std::ignore) = co_await asio::async_write(s.link, end, no_throw);
    s.ended(*why);
  }
  if (ec) s.ended({close_code::abnormal, ec.message()});
}

}  // namespace

task<void> stream_events(connection& c, request_head asked, subscription wanted,
                         const options& limits, hub& center, metrics& counts) {
  subscriber s(c, limits, counts, std::move(wanted), connection::manner::listens);
  const auto answer = answer_to(asked);
  http::response_serializer<shared_body> head(answer);
  const auto [ec, size] = co_await http::async_write_header(c, head, no_throw);
  if (ec) co_return;
  c.may_take_its_time();
  s.tell_opened(asked.target());
  asked = {};  // its memory is not needed for the hours to come

  auto all = race(hear(s), push(s, center), deliver(s, answer.chunked()));
  co_await std::move(all);

  s.tell_closed();
}

}  // namespace ws_demo
