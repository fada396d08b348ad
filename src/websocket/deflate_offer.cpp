#include "websocket/deflate_offer.hpp"

#include "common/text.hpp"

#include <boost/beast/http/rfc7230.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ws_demo {
namespace {

namespace http = boost::beast::http;

constexpr int smallest_bits = 8;
constexpr int largest_bits = 15;

/// The parameters of an offer. RFC 7692 section 7.1.
struct offer {
  bool server_no_context_takeover = false;
  bool client_no_context_takeover = false;
  int server_max_window_bits = 0;  // 0: not asked for
  int client_max_window_bits = 0;  // 0: not offered; largest_bits: offered without a value
};

/// A decimal number without leading zeros. RFC 7692 section 7.1.2.
std::optional<int> parse_bits(boost::beast::string_view text) {
  int bits = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, bits);
  if (error != std::errc{} || rest != end || text.starts_with('0')) return std::nullopt;
  if (bits < smallest_bits || bits > largest_bits) return std::nullopt;
  return bits;
}

bool set_flag(bool& flag, boost::beast::string_view value) {
  return value.empty() && !std::exchange(flag, true);
}

bool set_bits(int& bits, std::optional<int> value) {
  return value && std::exchange(bits, *value) == 0;
}

/// Takes one parameter. False if it is unknown, repeated, or has an invalid value.
bool take(offer& o, boost::beast::string_view name, boost::beast::string_view value) {
  if (equal_ignoring_case(name, "server_no_context_takeover"))
    return set_flag(o.server_no_context_takeover, value);
  if (equal_ignoring_case(name, "client_no_context_takeover"))
    return set_flag(o.client_no_context_takeover, value);
  if (equal_ignoring_case(name, "server_max_window_bits"))
    return set_bits(o.server_max_window_bits, parse_bits(value));
  if (equal_ignoring_case(name, "client_max_window_bits"))
    return set_bits(o.client_max_window_bits, value.empty() ? largest_bits : parse_bits(value));
  return false;
}

/// @param parameters as they come: `; name=value; name`
std::optional<offer> acceptable(std::string_view parameters) {
  const boost::beast::string_view text(parameters.data(), parameters.size());
  offer result;
  for (const auto& [name, value] : http::param_list{text})
    if (!take(result, name, value)) return std::nullopt;
  return result;
}

/// Takes the first item off a list (RFC 9110 section 5.6.1). Beast's own lists end early at a comma
/// behind a parameter without a value.
std::string_view take_offer_item(std::string_view& list) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < list.size() && (quoted || list[end] != ','); ++end) {
    if (list[end] == '"') quoted = !quoted;
    if (quoted && list[end] == '\\') ++end;
  }
  const auto item = list.substr(0, end);
  list.remove_prefix(std::min(end + 1, list.size()));
  return item;
}

std::optional<offer> first_acceptable(const upgrade_request& upgrade) {
  const auto lines = upgrade.equal_range(http::field::sec_websocket_extensions);
  for (auto line = lines.first; line != lines.second; ++line) {
    std::string_view offers(line->value().data(), line->value().size());
    while (!offers.empty()) {
      const auto item = take_offer_item(offers);
      const auto name = item.substr(0, item.find(';'));
      const auto begin = std::min(name.find_first_not_of(" \t"), name.size());
      const auto end = name.find_last_not_of(" \t") + 1;
      if (begin >= end ||
          !equal_ignoring_case(name.substr(begin, end - begin), "permessage-deflate"))
        continue;
      if (auto found = acceptable(item.substr(name.size()))) return found;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<int> choose_deflate_offer(const upgrade_request& request) {
  const auto chosen = first_acceptable(request);
  if (!chosen) return std::nullopt;
  return chosen->server_max_window_bits == 0 ? largest_bits : chosen->server_max_window_bits;
}

std::string deflate_answer(int server_window_bits) {
  return "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
         "server_max_window_bits=" +
         std::to_string(server_window_bits);
}

}  // namespace ws_demo
