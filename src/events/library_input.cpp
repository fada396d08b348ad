#include "events/library_input.hpp"

#include "events/json_text.hpp"
#include "events/subscription.hpp"

#include <boost/asio/post.hpp>

#include <new>
#include <stdexcept>
#include <utility>

namespace ws_demo {
namespace {

/// For the metrics and the log.
constexpr std::string_view library_source = "library";

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

}  // namespace

library_input::library_input(asio::io_context& io, publisher& to)
    : io_(io),
      to_(to),
      queue_(to.limits().max_publish_queue_bytes),
      filled_(io.get_executor()) {}

std::optional<std::string> library_input::publish(const std::shared_ptr<library_input>& self,
                                                  std::string_view topic,
                                                  std::string_view payload) {
  payload = checked_payload(topic, payload, self->to_.limits());
  if (self->io_.get_executor().running_in_this_thread()) {
    const auto receipt = self->to_.publish_now(topic, payload, library_source, library_source);
    if (!receipt) return std::nullopt;
    return to_string(receipt->id);
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
                                               std::string topic, std::string payload) {
  const auto text = checked_payload(topic, payload, self->to_.limits());
  const auto receipt = co_await self->to_.publish(topic, text, library_source, library_source);
  if (receipt) co_return to_string(receipt->id);
  throw std::runtime_error(self->to_.stopped()
                               ? "the server has stopped"
                               : "there is no room for another topic (options::max_topics_total)");
}

task<void> library_input::publish_all() {
  while (!filled_.stopped()) {
    const auto events = queue_.take();
    if (events.empty()) co_await filled_.wait();
    for (const auto& event : events) {
      try {
        co_await to_.publish(event.topic, event.payload, library_source, library_source);
      } catch (const std::bad_alloc&) {
        to_.lose(event.topic, library_source);
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
