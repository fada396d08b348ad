#include "events/library_input.hpp"

#include "events/event_key.hpp"
#include "events/json_text.hpp"
#include "events/subscription.hpp"

#include <boost/asio/post.hpp>

#include <new>
#include <stdexcept>
#include <utility>

namespace ws_demo {
namespace {

/// For the metrics and the log.
constexpr publisher::origin library_origin{"library", "library"};

/// The payload without the whitespace around it.
/// @throws std::invalid_argument if it or the topic is not what it may be.
std::string_view checked_payload(std::string_view topic, std::string_view payload,
                                 const options& limits) {
  payload = trimmed_json(payload);
  if (auto wrong = event_error(topic, payload, limits); !wrong.empty())
    throw std::invalid_argument(wrong);
  if (const auto wrong = json_error(payload))
    throw std::invalid_argument("the payload is not JSON: " + *wrong);
  return payload;
}

std::string why_not(const publish_result& r) {
  switch (r.what) {
    case publish_result::outcome::no_room:
      return "there is no room for another topic (options::max_topics_total)";
    case publish_result::outcome::not_stored:
      return "the event log has failed: " + r.why;
    case publish_result::outcome::too_large:
      return "the event log does not take this: " + r.why;
    case publish_result::outcome::in_doubt:
      return "it is not known whether the event log has stored this: " + r.why;
    case publish_result::outcome::stopped:
    case publish_result::outcome::published:
      break;
  }
  return "the server has stopped";
}

}  // namespace

library_input::library_input(asio::io_context& io, publisher& to)
    : io_(io), to_(to), queue_(to.limits().max_publish_queue_bytes), filled_(io.get_executor()) {}

std::optional<std::string> library_input::publish(const std::shared_ptr<library_input>& self,
                                                  std::string_view topic,
                                                  std::string_view payload) {
  payload = checked_payload(topic, payload, self->to_.limits());
  if (self->io_.get_executor().running_in_this_thread()) {
    if (self->to_.is_full()) throw std::runtime_error("too many events wait to be stored");
    publisher::batch one(self->to_);
    if (!one.add_now(topic, payload, library_origin) || !one.is_done() || !one.result())
      return std::nullopt;
    return to_string(one.result().id);
  }
  const auto was_empty = self->queue_.push({std::string(topic), std::string(payload)},
                                           self->to_.limits().publish_timeout);
  if (was_empty)
    asio::post(self->io_, [weak = std::weak_ptr(self)] {
      if (const auto alive = weak.lock()) alive->filled_.set();
    });
  return std::nullopt;
}

task<std::string> library_input::async_publish(std::shared_ptr<library_input> self,
                                               std::string topic, std::string payload,
                                               std::string key) {
  const auto text = checked_payload(topic, payload, self->to_.limits());
  if (!key.empty() && !(self->to_.takes_keys() && is_event_key(key)))
    throw std::invalid_argument(
        "a key needs an event log in NATS, and has 1 to 100 printable characters without spaces");
  const auto result = co_await self->to_.publish(topic, text, library_origin, key);
  if (result) co_return to_string(result.id);
  if (result.what == publish_result::outcome::in_doubt) throw publish_in_doubt(why_not(result));
  throw std::runtime_error(why_not(result));
}

task<void> library_input::publish_all() {
  while (!filled_.stopped()) {
    const auto events = queue_.take();
    if (events.empty()) co_await filled_.wait();
    for (const auto& event : events) {
      try {
        publisher::batch one(to_);
        co_await one.add(event.topic, event.payload, library_origin);
      } catch (const std::bad_alloc&) {
        to_.lose(event.topic, library_origin.from);
      }
    }
  }
}

void library_input::look_again() {
  if (!queue_.empty()) filled_.set();
}

void library_input::stop() {
  queue_.close();
  filled_.stop();
}

}  // namespace ws_demo
