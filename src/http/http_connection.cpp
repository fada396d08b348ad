#include "http/http_connection.hpp"

#include "common/text.hpp"
#include "http/cross_origin.hpp"
#include "http/event_stream.hpp"
#include "http/forwarded.hpp"
#include "http/publish_request.hpp"
#include "http/request_decision.hpp"
#include "http/request_reader.hpp"
#include "websocket/session.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace ws_demo {
namespace {

namespace http = boost::beast::http;

/// Of a long answer: others are served in between.
constexpr std::size_t answer_bytes_per_turn = std::size_t{64} << 10;

/// A request that ends with the connection.
using last_request = std::variant<peer_request, refused_upgrade>;

/// The answer to a request that cannot be parsed; nothing where the peer has gone away.
std::optional<response> parse_error_response(error_code ec) {
  if (ec == http::error::header_limit)
    return error_response(http::status::request_header_fields_too_large,
                          "The request head is too large (see --max-request-head).");
  if (ec == boost::system::errc::argument_list_too_long)
    return error_response(http::status::request_header_fields_too_large,
                          "The request has too many header fields.");
  const bool gone = ec.category() != make_error_code(http::error::bad_method).category() ||
                    ec == http::error::end_of_stream || ec == http::error::partial_message;
  if (gone) return std::nullopt;
  return error_response(http::status::bad_request,
                        "Malformed HTTP/1.1 request: " + ec.message() + ".");
}

class http_connection {
 public:
  http_connection(connection& c, admission::place& at, server_context& server,
                  const listener_kind& via)
      : link_(c), place_(at), server_(server), via_(via) {}
  ~http_connection() { link_.set_request_bytes(0); }
  http_connection(const http_connection&) = delete;
  http_connection& operator=(const http_connection&) = delete;

  /// Whether more has come than what has been answered. Then others have their turn first.
  bool has_more() const { return buffer_.size() > 0; }
  /// Reads the head of the next request.
  task<error_code> read_head(head_parser& parser);
  /// @param request outlives the coroutine.
  task<request_decision> decide(const request_head& request, bool has_body);
  /// The page of another origin that may read the answer.
  cross_origin_reader reader_of(const request_head& request) const {
    if (via_.for_operators) return {};
    return reader_of_answer(request, server_.limits, via_.on_loopback);
  }
  /// Reads the body and publishes it. Nothing where the peer has gone away.
  task<std::optional<response>> publish_body(head_parser& head, const publish_request& request);
  /// Ends when the kernel has all of it but what options::max_unsent_bytes allows. False where the
  /// peer has gone away.
  task<bool> write(const response& answer);

 private:
  void record_oversized_head(std::size_t limit, std::string_view unit) const;

  connection& link_;
  admission::place& place_;
  server_context& server_;
  const listener_kind& via_;
  boost::beast::flat_buffer buffer_{max_unparsed_bytes};
};

task<error_code> http_connection::read_head(head_parser& parser) {
  buffer_.shrink_to_fit();  // what one request needed is not kept until the next
  link_.set_request_bytes(buffer_.capacity());
  const admission::idle_place idle(place_, link_);
  link_.set_client(link_.address());  // whose the next request is, it says itself
  const auto ec = co_await read_request_head(link_, buffer_, parser, server_.limits);
  if (!link_.is_open()) co_return asio::error::operation_aborted;  // in the turn in which it came
  const auto& proxies = server_.admitted.trusted_proxies();
  if (!ec) link_.set_client(client_address(parser.get(), link_.address(), proxies));
  if (ec == http::error::header_limit)
    record_oversized_head(max_head_bytes(server_.limits), "bytes");
  if (ec == boost::system::errc::argument_list_too_long)
    record_oversized_head(server_.limits.max_request_fields, "fields");
  co_return ec;
}

void http_connection::record_oversized_head(std::size_t limit, std::string_view unit) const {
  server_.log.refuse("head", link_.peer(), fmt::format("over {} {}", limit, unit));
}

task<request_decision> http_connection::decide(const request_head& request, bool has_body) {
  const authorization_request who{server_, link_, via_, request};
  auto decided = decide_request(who, has_body, has_more());
  co_return co_await std::move(decided);
}

task<std::optional<response>> http_connection::publish_body(head_parser& head,
                                                            const publish_request& request) {
  const auto limit = max_body_bytes(request, server_.limits);
  const auto too_large = [limit] {
    auto answer = error_response(http::status::payload_too_large,
                                 "The body is larger than " + std::to_string(limit) + " bytes.");
    answer.keep_alive(false);  // the rest of the body is unread
    return answer;
  };
  if (head.content_length().value_or(0) > limit) co_return too_large();
  const bool expects_continue =
      head.get().version() >= 11 && !head.is_done() &&
      equal_ignoring_case(head.get()[http::field::expect], "100-continue");
  body_parser parser(std::move(head));
  parser.body_limit(limit);
  link_.set_deadline(server_.limits.handshake_timeout);
  if (expects_continue && buffer_.size() == 0) {  // RFC 9110 section 10.1.1
    constexpr std::string_view proceed = "HTTP/1.1 100 Continue\r\n\r\n";
    const auto text = asio::buffer(proceed);
    const auto [unsent, size] = co_await asio::async_write(link_, text, no_throw);
    if (unsent) co_return std::nullopt;
  }
  const auto ec = co_await read_request_body(link_, buffer_, parser);
  if (ec == http::error::body_limit) co_return too_large();
  if (ec == asio::error::no_memory) co_return reject_for_memory(server_, link_);
  if (ec) {
    auto answer = parse_error_response(ec);
    if (answer) answer->keep_alive(false);
    co_return answer;
  }
  link_.clear_deadline();
  link_.set_request_bytes(0);  // nobody is cut while this is being published
  const memory_charge body(&server_.memory, buffer_.capacity() + fields_bytes(parser.get()) +
                                                heap_bytes_of(parser.get().body()));
  co_return co_await publish(request, parser.get().body(), server_.publishing, link_.peer(),
                             server_.long_work);
}

task<bool> http_connection::write(const response& answer) {
  http::response_serializer<shared_body> parts(answer);
  parts.limit(answer_bytes_per_turn);
  link_.set_deadline(server_.limits.write_timeout);
  while (!parts.is_done()) {
    const auto [ec, size] = co_await http::async_write_some(link_, parts, no_throw);
    if (ec) co_return false;
    link_.extend_deadline(size);
    if (!parts.is_done()) co_await link_.wait_for_turn(server_.long_work);
  }
  link_.set_deadline(server_.limits.keep_alive_timeout);
  co_return true;
}

/// Answers requests until one opens a WebSocket or an event stream, which is returned, or the
/// connection is to be closed. Its memory is free then, for the hours to come.
task<std::unique_ptr<last_request>> answer_requests(connection& c, admission::place& at,
                                                    server_context& server,
                                                    const listener_kind& via) {
  http_connection requests(c, at, server, via);
  const options& limits = server.limits;
  c.set_deadline(limits.handshake_timeout);
  for (std::size_t count = 1;; ++count) {
    if (requests.has_more()) co_await c.wait_for_turn(server.long_work);
    std::optional<head_parser> head(std::in_place);
    head_parser& parser = *head;
    const auto ec = co_await requests.read_head(parser);
    c.set_idle(false);
    if (ec) {
      auto answer = parse_error_response(ec);
      if (!answer) co_return nullptr;
      answer->keep_alive(false);
      co_await requests.write(*answer);
      co_return nullptr;
    }

    const auto method = parser.get().method();
    const auto version = parser.get().version();
    const bool keeps_alive = parser.keep_alive();
    bool body_is_unread = parser.get().count(http::field::transfer_encoding) > 0 ||
                          parser.content_length().value_or(0) > 0;
    const auto reader = requests.reader_of(parser.get());
    auto deciding = requests.decide(parser.get(), body_is_unread);
    auto decided = co_await std::move(deciding);
    if (!c.is_open()) co_return nullptr;
    if (auto* peer = std::get_if<peer_request>(&decided)) {
      peer->head = parser.release();
      peer->access = reader.access;
      co_return std::make_unique<last_request>(std::move(*peer));
    }
    if (auto* refused = std::get_if<refused_upgrade>(&decided)) {
      refused->head = parser.release();
      co_return std::make_unique<last_request>(std::move(*refused));
    }
    std::optional<response> answer;
    if (const auto* publication = std::get_if<publish_request>(&decided)) {
      answer = co_await requests.publish_body(parser, *publication);
      if (!answer) co_return nullptr;
      body_is_unread = false;  // or the answer says that the connection closes
    } else {
      answer = std::move(std::get<response>(decided));
    }
    const bool stays = keeps_alive && !body_is_unread && answer->keep_alive() && !server.draining &&
                       count < limits.max_requests;
    allow_reading(*answer, reader);
    answer->version(version);
    answer->keep_alive(stays);
    if (method == http::verb::head) answer->body() = nullptr;  // Content-Length stays
    head.reset();  // its memory is not needed while the answer is taken
    const bool written = co_await requests.write(*answer);
    if (!written || !answer->keep_alive() || server.draining) co_return nullptr;
    c.set_idle(true);
  }
}

/// The peer has been sent all that it gets. Its memory is not needed for the hours before.
task<void> take_leave(connection& c, admission::place& at, std::chrono::milliseconds timeout) {
  const admission::idle_place idle(at, c);
  co_await c.linger(timeout);
}

/// Not a coroutine: the request does not wait for the peer's end.
task<void> serve_peer(connection& c, peer_request request, const delivery_context& context) {
  auto& [head, wanted, is_event_stream, access, who] = request;
  if (is_event_stream)
    return serve_event_stream(c, std::move(head), std::move(wanted), access, std::move(who),
                              context);
  return serve_websocket(c, std::move(head), std::move(wanted), std::move(who), context);
}

}  // namespace

task<void> serve_http(connection& c, admission::place& at, server_context& server,
                      const listener_kind& via) {
  auto request = co_await answer_requests(c, at, server, via);
  if (auto* peer = request ? std::get_if<peer_request>(request.get()) : nullptr) {
    const admission::peer_place admitted(at, c.client());
    auto served = serve_peer(c, std::move(*peer), server.delivery);
    request.reset();  // its memory is not needed for the hours to come
    co_await std::move(served);
  } else if (request) {
    auto& [head, why] = std::get<refused_upgrade>(*request);
    auto refused = refuse_websocket(c, std::move(head), std::move(why), server.delivery);
    request.reset();
    co_await std::move(refused);
  }
  co_await take_leave(c, at, server.limits.close_timeout);
}

}  // namespace ws_demo
