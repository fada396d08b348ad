#include "http/request_decision.hpp"

#include "events/event.hpp"
#include "http/cross_origin.hpp"
#include "http/readiness.hpp"
#include "http/requested_subscription.hpp"
#include "websocket/subprotocol.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ws_demo {
namespace {

namespace http = boost::beast::http;

/// What is added to an HTTP status for the close code (RFC 6455 section 7.4.2: for private use).
constexpr std::uint16_t private_close_codes = 4000;
/// Longest reason of a close (RFC 6455 section 5.5).
constexpr std::size_t max_reason_bytes = 123;

resources visible_resources(const authorization_request& who) {
  const server_context& server = who.server;
  const bool has_metrics = who.via.for_operators || !server.limits.admin_port;
  const auto log = server.stored_in->state();
  return {.page = who.via.for_operators ? nullptr : &server.page,
          .takes_keys = server.stored_in->knows_keys(),
          .counts = has_metrics ? &server.counts : nullptr,
          .now = {.peers = server.admitted.peers(),
                  .connections = server.connections.size(),
                  .memory_bytes = server.memory.used(),
                  .memory_limit_bytes = server.memory.limit(),
                  .event_log_works = log.failure.empty(),
                  .event_log_behind = log.behind,
                  .event_log_reconnects = log.reconnects},
          .not_ready = not_ready(server)};
}

/// @param form of a refusal for now
task<request_decision> decide_peer(const authorization_request& who, bool is_event_stream,
                                   refusal_form form) {
  if (auto answer = authorize_peer(who, form)) co_return *std::move(answer);
  auto wanted = requested_subscription(who.head, who.server.limits);
  if (const auto* wrong = std::get_if<std::string>(&wanted))
    co_return error_response(http::status::bad_request, *wrong);
  peer_request peer;
  peer.wanted = std::get<subscription>(std::move(wanted));
  peer.is_event_stream = is_event_stream;
  auto decided = authorize_subscription(who, form, peer.wanted, peer.who);
  if (auto answer = co_await std::move(decided)) co_return *std::move(answer);
  if (auto answer = authorize_peer(who, form)) co_return *std::move(answer);  // others have come
  co_return peer;
}

/// A refusal, said in the way that the client can hear.
request_decision audible(request_decision decided, const request_head& request) {
  const auto* const answer = std::get_if<response>(&decided);
  if (!answer || !offers_own_subprotocol(request)) return decided;
  const auto code = static_cast<std::uint16_t>(private_close_codes + answer->result_int());
  const std::string_view text = *answer->body();
  return refused_upgrade{
      {}, {code, std::string(text.substr(0, text.find('\n')).substr(0, max_reason_bytes))}};
}

}  // namespace

task<request_decision> decide_request(const authorization_request& who, bool has_body,
                                      bool has_more) {
  if (auto answer = authorize_host(who)) co_return *std::move(answer);
  auto routed = route(who.head, has_body, visible_resources(who));
  if (auto* answer = std::get_if<response>(&routed)) co_return std::move(*answer);
  if (const auto* use = std::get_if<cross_origin_use>(&routed)) {
    if (auto answer = authorize_origin(who)) co_return *std::move(answer);
    co_return preflight_answer(*use);
  }
  if (auto* publication = std::get_if<publish_request>(&routed)) {
    auto authorized = authorize_publication(who, *publication);
    if (auto answer = co_await std::move(authorized)) co_return *std::move(answer);
    co_return std::move(*publication);
  }
  if (const auto* stream = std::get_if<event_stream_request>(&routed)) {
    const auto form = stream->names_type ? refusal_form::event_stream : refusal_form::status;
    auto decided = decide_peer(who, true, form);
    co_return co_await std::move(decided);
  }
  if (has_more)  // RFC 6455 section 4.1
    co_return error_response(http::status::bad_request,
                             "Data was sent before the handshake was done.");
  auto decided = decide_peer(who, false, refusal_form::status);
  co_return audible(co_await std::move(decided), who.head);
}

}  // namespace ws_demo
