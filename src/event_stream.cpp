#include "ws_demo/event_stream.hpp"

#include "ws_demo/event.hpp"
#include "ws_demo/frame.hpp"
#include "ws_demo/subscriber.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
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

/// A field of the stream, or a comment, and the end of the stream.
std::string stream_text(const message& m) {
  constexpr std::string_view data = "data: ";
  if (m.is == message::kind::ping) return ":\n\n";
  if (m.is == message::kind::close) {
    const auto why = parse_close_payload(m.bytes());
    return fmt::format("{}{}\n\n", data, closed_event_text(why.code, why.text));
  }
  const auto id = id_of(m.bytes());
  const bool has_breaks = m.bytes().find_first_of("\r\n") != std::string_view::npos;
  return fmt::format("{}{}{}{}{}\n\n", id.empty() ? "" : "id: ", id, id.empty() ? "" : "\n", data,
                     has_breaks ? field_of_lines(m.bytes()) : m.bytes());
}

frame encoded_frame(const message& m) {
  frame f;
  f.body = *m.encoded;
  return f;
}

frame stream_frame(message& m) {
  thread_local recent_encodings encodings;
  encodings.encode(m, [](const message& from) {
    return std::make_shared<const std::string>(stream_text(from));
  });
  return encoded_frame(m);
}

/// The same as a chunk of the body (RFC 9112 §7.1).
frame chunked_stream_frame(message& m) {
  thread_local recent_encodings encodings;
  encodings.encode(m, [](const message& from) {
    const auto text = stream_text(from);
    const bool is_last = from.is == message::kind::close;
    return std::make_shared<const std::string>(
        fmt::format("{:x}\r\n{}\r\n{}", text.size(), text, is_last ? "0\r\n\r\n" : ""));
  });
  return encoded_frame(m);
}

/// Notices that the subscriber hangs up. What it sends means nothing here.
task<void> hear(subscriber& s) {
  std::array<char, 64> unread{};
  error_code ec;
  while (!ec && !s.box.abandoned()) {
    const auto buffer = asio::buffer(unread);
    std::tie(ec, std::ignore) = co_await s.link.async_read_some(buffer, no_throw);
  }
  if (ec == asio::error::eof)
    s.box.close_in_answer({close_code::normal, "closed by peer"});
  else
    s.box.close_in_answer({close_code::abnormal, ec.message()});
}

}  // namespace

task<void> stream_events(connection& c, request_head asked, subscription wanted,
                         const options& limits, sources& from, metrics& counts) {
  const auto answer = answer_to(asked);
  http::response_serializer<shared_body> head(answer);
  const auto [ec, size] = co_await http::async_write_header(c, head, no_throw);
  if (ec) co_return;
  subscriber s(c, limits, counts, std::move(wanted), connection::manner::listens,
               answer.chunked() ? chunked_stream_frame : stream_frame);
  c.may_take_its_time();
  s.tell_opened(asked.target());
  asked = {};  // its memory is not needed for the hours to come

  s.start(from);
  co_await hear(s);

  s.tell_closed();
}

}  // namespace ws_demo
