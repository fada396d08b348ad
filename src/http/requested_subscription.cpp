#include "http/requested_subscription.hpp"

#include "events/event.hpp"

#include <utility>

namespace ws_demo {

std::variant<subscription, std::string> requested_subscription(const request_head& request,
                                                               const options& limits) {
  auto wanted =
      parse_subscription({request.target().data(), request.target().size()}, limits.max_topics);
  const auto last_event = request["Last-Event-ID"];
  if (auto* valid = std::get_if<subscription>(&wanted); valid && !last_event.empty()) {
    valid->last = 0;
    valid->since = parse_event_id({last_event.data(), last_event.size()});
    if (!valid->since) return "Last-Event-ID must be the id of an event.";
  }
  return wanted;
}

}  // namespace ws_demo
