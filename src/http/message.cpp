#include "http/message.hpp"

#include <fmt/chrono.h>

#include <ctime>

namespace ws_demo {

namespace http = boost::beast::http;

response make_answer(http::status status, std::string_view type, shared_body::value_type body) {
  response result(status, 11);
  const auto now = fmt::gmtime(std::time(nullptr));
  result.set(http::field::date, fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", now));
  result.set(http::field::content_type, type);
  result.set("X-Content-Type-Options", "nosniff");
  result.body() = std::move(body);
  result.prepare_payload();
  return result;
}

response error_response(http::status status, std::string_view text) {
  return make_answer(status, "text/plain; charset=utf-8",
                     std::make_shared<const std::string>(std::string(text) + "\n"));
}

}  // namespace ws_demo
