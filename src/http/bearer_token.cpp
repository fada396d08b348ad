#include "http/bearer_token.hpp"

#include "common/text.hpp"

#include <algorithm>

namespace ws_demo {
namespace {

bool constant_time_equal(std::string_view a, std::string_view b) {
  unsigned char difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned char>(a[i] ^ b[i % std::max<std::size_t>(b.size(), 1)]);
  return difference == 0;
}

}  // namespace

bool is_bearer_token(std::string_view text) {
  const auto is_printable = [](char c) { return c >= ' ' && c <= '~'; };
  return !text.empty() && text.size() <= max_bearer_token_bytes && !text.starts_with(' ') &&
         !text.ends_with(' ') && std::ranges::all_of(text, is_printable);
}

std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view scheme = "Bearer ";
  if (!equal_ignoring_case(authorization.substr(0, scheme.size()), scheme))
    return {};  // RFC 9110 section 11.1: in upper or lower case
  authorization.remove_prefix(scheme.size());
  authorization.remove_prefix(std::min(authorization.find_first_not_of(' '), authorization.size()));
  return authorization;
}

bool has_bearer_token(std::string_view authorization, std::string_view token) {
  return constant_time_equal(bearer_token(authorization), token);
}

}  // namespace ws_demo
