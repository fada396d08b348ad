#include "http/event_stream.hpp"

#include "delivery/encoding_cache.hpp"
#include "delivery/frame.hpp"
#include "events/event.hpp"
#include "http/cross_origin.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace ws_demo {
namespace {

namespace http = boost::beast::http;
using boost::beast::websocket::close_code;
using std::chrono::milliseconds;

/// A range of times from which one is drawn for each client, so that those who lost their streams
/// together, as in a restart, do not return together.
struct retry_range {
  milliseconds shortest;
  milliseconds longest;
};
/// After a stream.
constexpr retry_range after_stream{milliseconds(1000), milliseconds(3000)};
/// After a refusal: whoever is refused asks again and again, until there is room.
constexpr retry_range after_refusal{milliseconds(3000), milliseconds(9000)};

/// When the client is to come back. A block without data is no event (WHATWG HTML section 9.2.6).
std::string retry_block(const retry_range& range) {
  thread_local std::minstd_rand generator{std::random_device{}()};
  std::uniform_int_distribution<milliseconds::rep> any(range.shortest.count(),
                                                       range.longest.count());
  return fmt::format("retry: {}\n\n", any(generator));
}

response stream_answer(const request_head& request, shared_body::value_type body) {
  auto answer = make_answer(http::status::ok, "text/event-stream", std::move(body));
  answer.version(request.version());
  answer.keep_alive(false);
  // A proxy that compresses would hold events back until it has enough of them. no-transform (RFC
  // 9111 section 5.2.2.6) forbids it to.
  answer.set(http::field::cache_control, "no-cache, no-transform");
  answer.set("X-Accel-Buffering", "no");  // or nginx would buffer the stream
  return answer;
}

/// The head of an answer whose body is the stream.
response stream_head(const request_head& request) {
  auto answer = stream_answer(request, nullptr);
  answer.content_length(boost::none);
  answer.chunked(request.version() >= 11);
  return answer;
}

/// The text with each of its lines as a `data` field. JSON may have line breaks between tokens;
/// they would end the field.
std::string data_lines(std::string_view text) {
  std::string field;
  for (const char c : text) {
    if (c == '\n')
      field += "\ndata: ";
    else if (c != '\r')
      field += c;
  }
  return field;
}

std::string closed_block(std::uint16_t code, std::string_view reason) {
  return fmt::format("data: {}\n\n", closed_event_text(code, reason));
}

/// The message as a field block, or, of a ping, a comment. What stands for the handshake is a block
/// already.
std::string field_block(const message& m) {
  constexpr std::string_view data = "data: ";
  if (m.is == message::kind::handshake) return std::string(m.payload());
  if (m.is == message::kind::ping) return ":\n\n";
  if (m.is == message::kind::close) return closed_block(m.close_code, m.payload());
  const auto text = m.payload();
  const bool has_breaks = text.find_first_of("\r\n") != std::string_view::npos;
  const std::string id = m.what->id.empty() ? "" : fmt::format("id: {}\n", m.what->id);
  return fmt::format("{}{}{}\n\n", id, data, has_breaks ? data_lines(text) : text);
}

/// The same as a chunk of the body (RFC 9112 section 7.1).
std::string chunk(const message& m) {
  const auto text = field_block(m);
  const bool is_last = m.is == message::kind::close;
  return fmt::format("{:x}\r\n{}\r\n{}", text.size(), text, is_last ? "0\r\n\r\n" : "");
}

frame stream_frame(const message& m, bool chunked, encoding_cache& encodings) {
  using form_kind = encoding_cache::form::kind;
  const auto make = [&] {
    return std::make_shared<const std::string>(chunked ? chunk(m) : field_block(m));
  };
  frame f;
  f.encoded =
      m.is == message::kind::event
          ? encodings.encode(
                *m.what, {chunked ? form_kind::event_stream_chunk : form_kind::event_stream}, make)
          : make();
  f.is_ready = f.encoded != nullptr;
  if (f.is_ready) f.body = *f.encoded;
  return f;
}

struct opened_stream {
  bool in_chunks;
};
/// Answers. What that needs of memory is not kept for the hours to come.
/// @returns nothing where the peer has gone away
task<std::optional<opened_stream>> open_stream(connection& c, const request_head& request,
                                               origin_access access) {
  auto answer = stream_head(request);
  allow_reading(answer, {std::string(request[http::field::origin]), access});
  http::response_serializer<shared_body> head(answer);
  const auto [ec, size] = co_await http::async_write_header(c, head, no_throw);
  if (ec) co_return std::nullopt;
  co_return opened_stream{answer.chunked()};
}

/// Returns when the peer closes. Whatever it sends is ignored.
task<void> read_to_end(subscriber& s) {
  std::array<char, 64> unread{};
  error_code ec;
  while (!ec && !s.queue.aborted()) {
    const auto buffer = asio::buffer(unread);
    std::tie(ec, std::ignore) = co_await s.link.async_read_some(buffer, no_throw);
  }
  if (ec == asio::error::eof)
    s.queue.close_from_peer({close_code::normal, "closed by peer"});
  else
    s.queue.close_from_peer({close_code::abnormal, ec.message()});
}

}  // namespace

task<void> serve_event_stream(connection& c, request_head request, subscription wanted,
                              origin_access access, peer_identity who,
                              const delivery_context& context) {
  const auto opened = co_await open_stream(c, request, access);
  if (!opened) co_return;
  subscriber s(c, context, std::move(wanted), keep_alive::liveness::acknowledges,
               [chunked = opened->in_chunks, &encodings = context.encodings](const message& m) {
                 return stream_frame(m, chunked, encodings);
               });
  c.clear_deadline();
  s.set_opened(request.target(), who);
  request = {};  // frees memory that is not needed for the hours to come
  who = {};

  s.queue.push_handshake(retry_block(after_stream));  // goes before a close that waits already
  s.start();
  s.queue.flush();
  co_await read_to_end(s);
}

response refused_event_stream(const request_head& request, std::string_view why) {
  const auto body = retry_block(after_refusal) + closed_block(close_code::try_again_later, why);
  return stream_answer(request, std::make_shared<const std::string>(body));
}

}  // namespace ws_demo
