#include "ws_demo/front.hpp"

#include "ws_demo/event_stream.hpp"
#include "ws_demo/origin.hpp"
#include "ws_demo/publishing.hpp"
#include "ws_demo/routing.hpp"
#include "ws_demo/session.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace ws_demo {
namespace {

namespace http = boost::beast::http;
using head_parser = http::request_parser<http::empty_body>;

/// How much of what a peer sends may wait to be made sense of, such as the head of a chunk.
constexpr std::size_t most_unparsed_bytes = std::size_t{128} << 10;

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

/// Where the page that asks may only look, the answer that says so.
std::optional<response> foreign_page(site& here, const connection& c, const door& through,
                                     const request_head& request) {
  if (origin_allowed(request, here.limits, through.on_loopback)) return std::nullopt;
  return refuse(here, c, "origin", request[http::field::origin], http::status::forbidden,
                "Pages from there may not connect: see --allow-origin.");
}

/// Why this handshake, which is a valid one, does not make a peer; nothing if it does.
std::optional<response> kept_out(site& here, const connection& c, const door& through,
                                 const request_head& request) {
  if (auto answer = foreign_page(here, c, through, request)) return answer;
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
          .publish_token = here.limits.publish_token,
          .counts = has_metrics ? &here.counts : nullptr,
          .peers = here.peers.peers(),
          .not_ready = why_not_ready(here)};
}

/// What the request asks to hear, or why that cannot be. A browser whose stream of events was
/// interrupted asks for the same again, and says in a field of its own where it was.
std::variant<subscription, std::string> what_is_wanted(const request_head& request,
                                                       const options& limits) {
  auto wanted =
      parse_subscription({request.target().data(), request.target().size()}, limits.max_topics);
  const auto last_event = request["Last-Event-ID"];
  if (auto* asked = std::get_if<subscription>(&wanted); asked && !last_event.empty()) {
    asked->last = 0;
    asked->since = parse_event_id({last_event.data(), last_event.size()});
    if (!asked->since) return "Last-Event-ID takes the id of an event, as it was sent.";
  }
  return wanted;
}

/// A request that makes a peer.
struct welcome {
  bool as_event_stream;
  subscription wanted;
};

/// @param more_came whether bytes follow the head that are not its body: the next request, or what
/// a WebSocket client must not send before the 101 (RFC 6455 §4.1).
std::variant<welcome, publication, response> judge(site& here, const connection& c,
                                                   const door& through, const request_head& request,
                                                   bool has_body, bool more_came) {
  if (static_cast<std::size_t>(std::distance(request.begin(), request.end())) >
      here.limits.max_request_fields)
    return refusal(http::status::request_header_fields_too_large, "There are too many fields.");
  if (!host_allowed(request, here.limits, through.on_loopback))
    return refuse(here, c, "host", request[http::field::host], http::status::forbidden,
                  "This server does not go by that name: see --allow-host.");
  auto verdict = route(request, has_body, behind(through, here));
  if (auto* answer = std::get_if<response>(&verdict)) return std::move(*answer);
  if (auto* asked = std::get_if<publication>(&verdict)) {
    if (auto answer = foreign_page(here, c, through, request)) return *std::move(answer);
    return std::move(*asked);
  }
  const bool as_event_stream = std::holds_alternative<event_stream>(verdict);
  if (more_came && !as_event_stream)
    return refusal(http::status::bad_request, "Data came before the handshake was done.");
  if (auto answer = kept_out(here, c, through, request)) return *std::move(answer);
  auto wanted = what_is_wanted(request, here.limits);
  if (const auto* wrong = std::get_if<std::string>(&wanted))
    return refusal(http::status::bad_request, *wrong);
  return welcome{as_event_stream, std::get<subscription>(std::move(wanted))};
}

/// Reads the body and publishes it. Nothing where the peer goes away.
task<std::optional<response>> take_publication(connection& c, site& here, head_parser& head,
                                               boost::beast::flat_buffer& buffer,
                                               const publication& asked) {
  const auto most = max_publication_bytes(asked, here.limits);
  const auto too_large = [most] {
    auto answer = refusal(http::status::payload_too_large,
                          "This path takes up to " + std::to_string(most) + " bytes.");
    answer.keep_alive(false);  // the rest of the body is unread
    return answer;
  };
  if (head.content_length().value_or(0) > most) co_return too_large();
  const bool waits = head.get().version() >= 11 && !head.is_done() &&
                     boost::beast::iequals(head.get()[http::field::expect], "100-continue");
  http::request_parser<http::string_body> parser(std::move(head));
  parser.body_limit(most);
  c.must_progress_within(here.limits.handshake_timeout);
  if (waits && buffer.size() == 0) {  // RFC 9110 §10.1.1
    constexpr std::string_view proceed = "HTTP/1.1 100 Continue\r\n\r\n";
    const auto text = asio::buffer(proceed);
    const auto [unsent, size] = co_await asio::async_write(c, text, no_throw);
    if (unsent) co_return std::nullopt;
  }
  const auto [unreadable, size] = co_await http::async_read(c, buffer, parser, no_throw);
  if (unreadable == http::error::body_limit) co_return too_large();
  if (unreadable) {
    auto answer = why_unreadable(unreadable);
    if (answer) answer->keep_alive(false);
    co_return answer;
  }
  c.may_take_its_time();
  co_return co_await publish(asked, parser.get().body(), here.publishing, c.peer());
}

/// Answers requests until one makes a peer, which is returned, or the connection is done.
task<std::optional<std::pair<request_head, welcome>>> answer_requests(connection& c, site& here,
                                                                      const door& through) {
  const options& limits = here.limits;
  boost::beast::flat_buffer buffer(most_unparsed_bytes);
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
      const auto method = request.method();
      const auto version = request.version();
      bool has_body = request.count(http::field::transfer_encoding) > 0 ||
                      parser.content_length().value_or(0) > 0;
      auto verdict = judge(here, c, through, request, has_body, buffer.size() > 0);
      if (auto* peer = std::get_if<welcome>(&verdict))
        co_return std::pair(parser.release(), std::move(*peer));
      const bool keeps_alive = parser.keep_alive();
      if (const auto* asked = std::get_if<publication>(&verdict)) {
        answer = co_await take_publication(c, here, parser, buffer, *asked);
        if (!answer) co_return std::nullopt;
        has_body = !answer->keep_alive();  // of which not all has been read
      } else {
        answer = std::move(std::get<response>(verdict));
      }
      answer->version(version);
      answer->keep_alive(keeps_alive && !has_body && !here.draining &&
                         requests < limits.max_requests);
      if (method == http::verb::head) answer->body() = nullptr;  // Content-Length stays
    }

    c.must_progress_within(limits.keep_alive_timeout);
    const auto [unsent, sent_size] = co_await http::async_write(c, *answer, no_throw);
    if (unsent || !answer->keep_alive() || here.draining) co_return std::nullopt;
    c.set_idle(true);
  }
}

}  // namespace

task<void> serve(connection& c, site& here, const door& through) {
  if (auto peer = co_await answer_requests(c, here, through)) {
    const auto place = here.peers.admit(c.address());
    auto& [request, welcomed] = *peer;
    const auto& serve_it = welcomed.as_event_stream ? stream_events : serve_peer;
    co_await serve_it(c, std::move(request), std::move(welcomed.wanted), here.limits, here.events,
                      here.counts);
  }
  co_await c.linger(here.limits.close_timeout);
}

}  // namespace ws_demo
