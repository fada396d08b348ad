#include "ws_demo/front.hpp"

#include "ws_demo/routing.hpp"
#include "ws_demo/session.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include <optional>
#include <utility>
#include <variant>

namespace ws_demo {
namespace {

namespace http = boost::beast::http;
using head_parser = http::request_parser<http::empty_body>;

/// What a peer whose request cannot be parsed is told; nothing where it has gone away.
std::optional<response> why_unreadable(error_code ec) {
  if (ec == http::error::header_limit)
    return refusal(http::status::request_header_fields_too_large,
                   "The head of the request is too long.");
  const bool gone = ec.category() != make_error_code(http::error::bad_method).category() ||
                    ec == http::error::end_of_stream || ec == http::error::partial_message;
  if (gone) return std::nullopt;
  return refusal(http::status::bad_request, "This is not HTTP/1.1: " + ec.message() + ".");
}

/// @param more_came whether bytes follow the head that are not its body: the next request, or what
/// a WebSocket client must not send before the 101 (RFC 6455 §4.1).
std::variant<upgrade, response> judge(const head_parser& parser, bool more_came,
                                      const static_files& page) {
  const bool has_body = parser.chunked() || parser.content_length().value_or(0) > 0;
  auto verdict = route(parser.get(), has_body, page);
  if (auto* answer = std::get_if<response>(&verdict)) {
    answer->version(parser.get().version());
    answer->keep_alive(parser.keep_alive() && !has_body);
  } else if (more_came) {
    verdict = refusal(http::status::bad_request, "Data came before the handshake was done.");
    std::get<response>(verdict).keep_alive(false);
  }
  return verdict;
}

/// Answers requests until one asks for a WebSocket, which is returned, or the connection is done.
task<std::optional<request_head>> answer_requests(connection& c, const options& limits,
                                                  const static_files& page) {
  boost::beast::flat_buffer buffer;
  c.must_progress_within(limits.handshake_timeout);
  for (;;) {
    head_parser parser;
    parser.header_limit(limits.max_request_head_bytes);
    parser.body_limit(boost::none);  // no body is ever read
    const auto [unreadable, size] = co_await http::async_read_header(c, buffer, parser, no_throw);
    c.set_idle(false);

    std::optional<response> answer;
    if (unreadable) {
      answer = why_unreadable(unreadable);
      if (!answer) co_return std::nullopt;
      answer->keep_alive(false);
    } else {
      auto verdict = judge(parser, buffer.size() > 0, page);
      if (std::holds_alternative<upgrade>(verdict)) co_return parser.release();
      answer = std::move(std::get<response>(verdict));
    }
    if (c.leaving()) answer->keep_alive(false);

    c.must_progress_within(limits.keep_alive_timeout);
    const auto [unsent, sent_size] = co_await http::async_write(c, *answer, no_throw);
    if (unsent || !answer->keep_alive() || c.leaving()) co_return std::nullopt;
    c.set_idle(true);
  }
}

}  // namespace

task<void> serve(connection& c, const options& limits, const static_files& page) {
  auto websocket = co_await answer_requests(c, limits, page);
  if (websocket) co_await serve_peer(c, std::move(*websocket), limits);
  co_await c.linger(limits.close_timeout);
}

}  // namespace ws_demo
