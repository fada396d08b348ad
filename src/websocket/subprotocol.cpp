#include "websocket/subprotocol.hpp"

#include "common/text.hpp"

#include <boost/beast/http/field.hpp>

namespace ws_demo {
namespace {

constexpr std::string_view token_prefix = "bearer.";

/// The first for which this is true; empty if there is none. The field may be sent in several lines
/// (RFC 6455 section 11.3.4).
template <class Predicate>
std::string_view find_offer(const upgrade_request& request, Predicate is_wanted) {
  const auto lines = request.equal_range(boost::beast::http::field::sec_websocket_protocol);
  for (auto line = lines.first; line != lines.second; ++line) {
    std::string_view list(line->value().data(), line->value().size());
    while (!list.empty())
      if (const auto offer = take_item(list, ','); is_wanted(offer)) return offer;
  }
  return {};
}

}  // namespace

bool offers_own_subprotocol(const upgrade_request& request) {
  return !find_offer(request, [](auto offer) { return offer == own_subprotocol; }).empty();
}

std::string_view offered_token(const upgrade_request& request) {
  auto offer = find_offer(request, [](auto o) { return o.starts_with(token_prefix); });
  if (!offer.empty()) offer.remove_prefix(token_prefix.size());
  return offer;
}

}  // namespace ws_demo
