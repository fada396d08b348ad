#include "http/routing.hpp"

#include "common/request_target.hpp"
#include "common/text.hpp"
#include "events/topic.hpp"
#include "http/built_in_page.hpp"
#include "http/idempotency_key.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace ws_demo {
namespace {

namespace http = boost::beast::http;

constexpr std::string_view topics_path = "/topics/";
constexpr std::string_view bulk_path = "/publish";
constexpr std::string_view events_path = "/events";
constexpr std::string_view plain_text = "text/plain; charset=utf-8";

shared_body::value_type text(std::string_view content) {
  return std::make_shared<const std::string>(content);
}

/// The page at `/` where the React one has not been built.
response built_in_page_response() {
  auto page = make_answer(http::status::ok, "text/html; charset=utf-8", text(built_in_page));
  page.set(http::field::cache_control, "no-cache");
  page.set("Content-Security-Policy", built_in_page_policy);
  return page;
}

response not_allowed(std::string_view methods) {
  auto result = error_response(http::status::method_not_allowed,
                               "This path accepts " + std::string(methods) + ".");
  result.set(http::field::allow, methods);
  return result;
}

/// RFC 9110 section 15.5.22 asks for Upgrade, RFC 6455 section 4.4 for the version.
response upgrade_required(std::string_view text) {
  auto result = error_response(http::status::upgrade_required, text);
  result.set(http::field::upgrade, "websocket");
  result.set(http::field::connection, "Upgrade");
  result.set(http::field::sec_websocket_version, "13");
  return result;
}

/// Whether one of the lines of a field lists this token.
bool has_token(const request_head& request, http::field field, std::string_view token) {
  const auto lines = request.equal_range(field);
  return std::any_of(lines.first, lines.second, [token](const auto& line) {
    std::string_view list(line.value().data(), line.value().size());
    while (!list.empty())
      if (equal_ignoring_case(take_item(list, ','), token)) return true;
    return false;
  });
}

/// Whether this is 16 bytes in base64, as a Sec-WebSocket-Key must be (RFC 6455 section 4.1).
bool is_websocket_key(std::string_view key) {
  const auto is_base64 = [](unsigned char c) { return std::isalnum(c) || c == '+' || c == '/'; };
  return key.size() == 24 && key.ends_with("==") &&
         std::all_of(key.begin(), key.end() - 2, is_base64);
}

/// Whether a media type is this one, whatever its parameters, such as the charset, are.
bool is_type(boost::beast::string_view given, boost::beast::string_view type) {
  given = given.substr(0, given.find(';'));
  while (given.starts_with(' ')) given.remove_prefix(1);
  while (given.ends_with(' ')) given.remove_suffix(1);
  return equal_ignoring_case(given, type);
}

bool has_type(const request_head& request, boost::beast::string_view type) {
  return is_type(request[http::field::content_type], type);
}

/// Whether the request's Accept names the type itself; a range such as `*/*` does not.
bool names_type(const request_head& request, boost::beast::string_view type) {
  const auto lines = request.equal_range(http::field::accept);
  return std::any_of(lines.first, lines.second, [type](const auto& line) {
    boost::beast::string_view rest = line.value();
    while (!rest.empty()) {
      const auto element = rest.substr(0, rest.find(','));
      if (is_type(element, type)) return true;
      rest.remove_prefix(std::min(element.size() + 1, rest.size()));
    }
    return false;
  });
}

/// How the body is framed where that is not understood (RFC 9112 section 6.1, section 6.3); the
/// connection cannot go on then, as one with a body that is not read never does.
std::optional<response> framing_error(const request_head& request) {
  const auto codings = request.count(http::field::transfer_encoding);
  if (codings == 0) return std::nullopt;
  if (request.version() < 11 || !request.chunked())
    return error_response(http::status::bad_request, "Nothing says where the body ends.");
  if (codings > 1 || !equal_ignoring_case(request[http::field::transfer_encoding], "chunked"))
    return error_response(http::status::not_implemented,
                          "Only chunked transfer encoding is supported.");
  return std::nullopt;
}

route_result route_publication(const request_head& request, std::string_view path,
                               const resources& here) {
  if (request.method() != http::verb::post) return not_allowed("POST");
  const bool is_bulk = path == bulk_path;
  if (!has_type(request, is_bulk ? "application/x-ndjson" : "application/json"))
    return error_response(
        http::status::unsupported_media_type,
        is_bulk ? "/publish requires application/x-ndjson." : "/topics requires application/json.");
  if (request.count(http::field::content_encoding) > 0) {
    auto answer =
        error_response(http::status::unsupported_media_type, "Content-Encoding is not supported.");
    answer.set(http::field::accept_encoding, "identity");  // RFC 9110 section 12.5.3
    return answer;
  }
  auto key = idempotency_key(request);
  if (!key)
    return error_response(http::status::bad_request,
                          "An Idempotency-Key has 1 to 100 printable characters without spaces.");
  if (!key->empty() && !here.takes_keys)
    return error_response(http::status::bad_request,
                          "Idempotency-Key needs an event log in NATS (see --event-log).");
  if (is_bulk) return publish_request{.topic = {}, .key = *std::move(key), .allowed = {}};
  auto topic = percent_decoded(path.substr(topics_path.size()));
  if (!topic || !is_topic(*topic))
    return error_response(http::status::bad_request,
                          "A topic has 1 to 128 letters, digits, '.', '_', '-' and '/'.");
  return publish_request{.topic = *std::move(topic), .key = *std::move(key), .allowed = {}};
}

route_result route_upgrade(const request_head& request, std::string_view path) {
  if (path != "/" && path != "/ws")
    return error_response(http::status::not_found, "WebSockets are served at / and /ws.");
  if (request.method() != http::verb::get) return not_allowed("GET");
  if (request.count(http::field::sec_websocket_version) != 1 ||
      request[http::field::sec_websocket_version] != "13")
    return upgrade_required("Only version 13 of the WebSocket protocol is supported.");
  const auto key = request[http::field::sec_websocket_key];
  if (request.count(http::field::sec_websocket_key) != 1 ||
      !is_websocket_key({key.data(), key.size()}))
    return error_response(http::status::bad_request,
                          "Sec-WebSocket-Key must be given once, with 16 bytes in base64.");
  return websocket_request{};
}

response body_not_accepted() {
  return error_response(http::status::payload_too_large, "This path accepts no request body.");
}

route_result route_events(const request_head& request, bool has_body) {
  if (request.method() != http::verb::get) return not_allowed("GET");
  if (has_body) return body_not_accepted();
  return event_stream_request{names_type(request, "text/event-stream")};
}

response readiness_response(std::string_view not_ready) {
  if (not_ready.empty()) return make_answer(http::status::ok, plain_text, text("ready"));
  auto result = error_response(http::status::service_unavailable, not_ready);
  result.set(http::field::retry_after, "5");
  return result;
}

response metrics_response(const resources& here) {
  return make_answer(http::status::ok, "text/plain; version=0.0.4; charset=utf-8",
                     text(here.counts->exposition(here.now)));
}

response route_plain(const request_head& request, std::string_view path, const resources& here) {
  const auto method = request.method();
  if (path == "/ws" && here.page) {
    if (method != http::verb::get) return not_allowed("GET");
    return upgrade_required("This path is a WebSocket: connect with ws:// or wss://.");
  }
  std::optional<response> found;
  if (path == "/healthz")
    found = make_answer(http::status::ok, plain_text, text("ok"));
  else if (path == "/readyz")
    found = readiness_response(here.not_ready);
  else if (path == "/metrics" && here.counts)
    found = metrics_response(here);
  else if (here.page && !here.page->empty())
    found = here.page->answer(request, path);
  else if (here.page && path == "/")
    found = built_in_page_response();
  if (!found) return error_response(http::status::not_found, "Not found. See / or /healthz.");
  if (method != http::verb::get && method != http::verb::head) return not_allowed("GET, HEAD");
  return *std::move(found);
}

}  // namespace

route_result route(const request_head& request, bool has_body, const resources& here) {
  if (auto answer = framing_error(request)) return *std::move(answer);
  const auto path = split_target({request.target().data(), request.target().size()}).path;
  // HTTP/1.0 has no upgrade: a server ignores it there (RFC 9110 section 7.8).
  const bool wants_websocket = here.page && request.version() >= 11 && !has_body &&
                               has_token(request, http::field::connection, "upgrade") &&
                               has_token(request, http::field::upgrade, "websocket");
  if (wants_websocket) return route_upgrade(request, path);
  if (here.page && is_preflight(request) && !has_body)
    if (const auto use = cross_origin_use_of(path)) return *use;
  if (here.page && (path.starts_with(topics_path) || path == bulk_path))
    return route_publication(request, path, here);
  if (here.page && path == events_path) return route_events(request, has_body);

  auto result = route_plain(request, path, here);
  const bool served =
      result.result() == http::status::ok || result.result() == http::status::not_modified;
  return has_body && served ? body_not_accepted() : std::move(result);
}

}  // namespace ws_demo
