#include "ws_demo/front.hpp"

#include "ws_demo/origin.hpp"
#include "ws_demo/routing.hpp"
#include "ws_demo/session.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include <cstddef>
#include <iterator>
#include <optional>
#include <string_view>
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

/// A refusal that the operator hears of, too.
response refuse(site& here, const connection& c, std::string_view reason, std::string_view detail,
                http::status status, std::string_view text) {
  here.refused.note(reason, c.peer(), detail);
  return refusal(status, text);
}

/// For /readyz: why no peer would be taken just now; empty if one would.
std::string_view why_not_ready(const site& here) {
  if (here.draining) return "draining";
  return here.peers.is_full() ? "full" : "";
}

/// Why this handshake, which is a valid one, does not make a peer; nothing if it does.
std::optional<response> kept_out(site& here, const connection& c, const door& through,
                                 const request_head& request) {
  if (!origin_allowed(request, here.limits, through.on_loopback))
    return refuse(here, c, "origin", request[http::field::origin], http::status::forbidden,
                  "Pages from there may not connect: see --allow-origin.");
  std::optional<response> answer;
  if (here.draining)
    answer = refuse(here, c, "draining", "", http::status::service_unavailable,
                    "The server is about to stop.");
  else if (here.peers.is_full())
    answer = refuse(here, c, "full", "", http::status::service_unavailable,
                    "The server has as many peers as it takes.");
  else if (here.peers.is_full_for(c.address()))
    answer = refuse(here, c, "address_full", "", http::status::too_many_requests,
                    "Your address has as many peers as one may.");
  if (answer) answer->set(http::field::retry_after, "5");
  return answer;
}

resources behind(const door& through, const site& here) {
  const bool has_metrics = through.for_operators || !here.limits.admin_port;
  return {.page = through.for_operators ? nullptr : &here.page,
          .counts = has_metrics ? &here.counts : nullptr,
          .peers = here.peers.peers(),
          .not_ready = why_not_ready(here)};
}

/// @param more_came whether bytes follow the head that are not its body: the next request, or what
/// a WebSocket client must not send before the 101 (RFC 6455 §4.1).
std::variant<upgrade, response> judge(site& here, const connection& c, const door& through,
                                      const request_head& request, bool has_body, bool more_came) {
  if (static_cast<std::size_t>(std::distance(request.begin(), request.end())) >
      here.limits.max_request_fields)
    return refusal(http::status::request_header_fields_too_large, "There are too many fields.");
  if (!host_allowed(request, here.limits, through.on_loopback))
    return refuse(here, c, "host", request[http::field::host], http::status::forbidden,
                  "This server does not go by that name: see --allow-host.");
  auto verdict = route(request, has_body, behind(through, here));
  if (!std::holds_alternative<upgrade>(verdict)) return verdict;
  if (more_came)
    return refusal(http::status::bad_request, "Data came before the handshake was done.");
  if (auto answer = kept_out(here, c, through, request)) return *std::move(answer);
  return verdict;
}

/// Answers requests until one asks for a WebSocket, which is returned, or the connection is done.
task<std::optional<request_head>> answer_requests(connection& c, site& here, const door& through) {
  const options& limits = here.limits;
  boost::beast::flat_buffer buffer;
  c.must_progress_within(limits.handshake_timeout);
  for (std::size_t requests = 1;; ++requests) {
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
      const auto& request = parser.get();
      const bool has_body = request.count(http::field::transfer_encoding) > 0 ||
                            parser.content_length().value_or(0) > 0;
      auto verdict = judge(here, c, through, request, has_body, buffer.size() > 0);
      if (std::holds_alternative<upgrade>(verdict)) co_return parser.release();
      answer = std::move(std::get<response>(verdict));
      answer->version(request.version());
      answer->keep_alive(parser.keep_alive() && !has_body && !here.draining &&
                         requests < limits.max_requests);
      if (request.method() == http::verb::head) answer->body() = nullptr;  // Content-Length stays
    }

    c.must_progress_within(limits.keep_alive_timeout);
    const auto [unsent, sent_size] = co_await http::async_write(c, *answer, no_throw);
    if (unsent || !answer->keep_alive() || here.draining) co_return std::nullopt;
    c.set_idle(true);
  }
}

}  // namespace

task<void> serve(connection& c, site& here, const door& through) {
  if (auto handshake = co_await answer_requests(c, here, through)) {
    const auto place = here.peers.admit(c.address());
    co_await serve_peer(c, *std::move(handshake), here.limits, here.counts);
  }
  co_await c.linger(here.limits.close_timeout);
}

}  // namespace ws_demo
