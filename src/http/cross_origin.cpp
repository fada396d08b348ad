#include "http/cross_origin.hpp"

#include "common/request_target.hpp"

namespace ws_demo {
namespace {

namespace http = boost::beast::http;

/// Two hours, the most that Chromium takes.
constexpr std::string_view max_age_seconds = "7200";

}  // namespace

std::optional<cross_origin_use> cross_origin_use_of(std::string_view path) {
  if (path == "/events") return cross_origin_use{"GET", "Authorization, Last-Event-ID"};
  if (path == "/publish" || path.starts_with("/topics/"))
    return cross_origin_use{"POST", "Authorization, Content-Type, Idempotency-Key"};
  return std::nullopt;
}

response preflight_answer(const cross_origin_use& use) {
  auto answer = make_answer(http::status::no_content, "", nullptr);
  answer.erase(http::field::content_type);
  answer.content_length(boost::none);  // RFC 9110 section 8.6
  answer.set(http::field::access_control_allow_methods, use.method);
  answer.set(http::field::access_control_allow_headers, use.fields);
  answer.set(http::field::access_control_max_age, max_age_seconds);
  return answer;
}

bool is_preflight(const request_head& request) {
  return request.method() == http::verb::options && request.count(http::field::origin) > 0 &&
         request.count(http::field::access_control_request_method) > 0;
}

cross_origin_reader reader_of_answer(const request_head& request, const options& o,
                                     bool server_is_on_loopback) {
  const auto origin = request[http::field::origin];
  const auto path = split_target({request.target().data(), request.target().size()}).path;
  if (origin.empty() || !cross_origin_use_of(path)) return {};
  return {std::string(origin), allowed_access(request, o, server_is_on_loopback)};
}

void allow_reading(response& answer, const cross_origin_reader& reader) {
  if (reader.access == origin_access::none) return;
  answer.set(http::field::vary, "Origin");
  answer.set(http::field::access_control_allow_origin, reader.origin);
  answer.set(http::field::access_control_expose_headers, "Retry-After");
  if (reader.access == origin_access::full)
    answer.set(http::field::access_control_allow_credentials, "true");
}

}  // namespace ws_demo
