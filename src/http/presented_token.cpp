#include "http/presented_token.hpp"

#include "common/text.hpp"
#include "http/bearer_token.hpp"
#include "websocket/subprotocol.hpp"

#include <string_view>

namespace ws_demo {
namespace {

namespace http = boost::beast::http;

constexpr std::string_view query_name = "access_token";

/// The first of `name=value` in the text that has this name; empty if there is none.
std::string_view value_of(std::string_view list, char separator, std::string_view name) {
  while (!list.empty()) {
    auto item = take_item(list, separator);
    if (!item.starts_with(name)) continue;
    item.remove_prefix(name.size());
    if (item.starts_with('=')) return item.substr(1);
  }
  return {};
}

/// RFC 6265 section 4.2.1; HTTP/1.1 clients send one line.
std::string_view cookie(const request_head& request, std::string_view name) {
  const auto field = request[http::field::cookie];
  auto value = value_of({field.data(), field.size()}, ';', name);
  if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"'))
    value = value.substr(1, value.size() - 2);
  return value;
}

std::string_view query_of(const request_head& request) {
  const std::string_view target(request.target().data(), request.target().size());
  const auto question = target.find('?');
  return question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
}

}  // namespace

std::string presented_token(const request_head& request, const options& o, origin_access access) {
  const auto authorization = request[http::field::authorization];
  auto token = bearer_token({authorization.data(), authorization.size()});
  if (token.empty()) token = offered_token(request);
  if (token.empty() && !o.token_cookie.empty() && cookies_count(request, access))
    token = cookie(request, o.token_cookie);
  if (token.empty() && o.token_in_query) token = value_of(query_of(request), '&', query_name);
  return std::string(token);
}

}  // namespace ws_demo
