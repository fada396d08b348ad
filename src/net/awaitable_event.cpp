#include "net/awaitable_event.hpp"

#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>

namespace ws_demo {

/// Knows the events of an io_context. A handler owns the coroutine that waits, and an event mostly
/// lives in that coroutine: somebody else has to destroy the two when the io_context goes.
class awaitable_event_service : public asio::execution_context::service {
 public:
  using key_type = awaitable_event_service;
  // NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): Asio finds services by it
  static inline asio::execution_context::id id;

  explicit awaitable_event_service(asio::execution_context& owner) : service(owner) {}

  void add(awaitable_event& e) { all_.push_back(e); }

 private:
  void shutdown() override {
    while (!all_.empty()) {
      awaitable_event& next = all_.front();
      all_.pop_front();
      const auto handler = std::exchange(next.waiting_, std::nullopt);
    }
  }

  boost::intrusive::list<awaitable_event, boost::intrusive::constant_time_size<false>> all_;
};

awaitable_event::awaitable_event(const executor& on) : on_(on) {
  asio::use_service<awaitable_event_service>(on.context()).add(*this);
}

void awaitable_event::set() {
  if (waiting_)
    asio::post(on_, take_handler());
  else
    set_ = true;
}

void awaitable_event::set_and_resume() {
  if (waiting_)
    take_handler()();
  else
    set_ = true;
}

void awaitable_event::stop() {
  stopped_ = true;
  set();
}

void awaitable_event::start(handler_type handler) {
  if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected())
    slot.assign([this](asio::cancellation_type) { set(); });
  waiting_.emplace(std::move(handler));
  if (std::exchange(set_, false) || stopped_) set();
}

awaitable_event::handler_type awaitable_event::take_handler() {
  // NOLINTNEXTLINE(bugprone-unchecked-optional-access): the callers have looked
  handler_type handler = *std::exchange(waiting_, std::nullopt);
  asio::get_associated_cancellation_slot(handler).clear();
  return handler;
}

}  // namespace ws_demo
