#pragma once

// An event that a coroutine waits for. It is set, or not, or stopped; a wait that returns resets
// it.
//
// A coroutine that still waits when the io_context is destroyed is destroyed with it, as those are
// that wait for operations of Asio's. Threads: the io_context's only.

#include "net/asio.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/intrusive/list.hpp>

#include <optional>
#include <utility>

namespace ws_demo {

class awaitable_event : public boost::intrusive::list_base_hook<
                            boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  explicit awaitable_event(const executor& on);
  awaitable_event(const awaitable_event&) = delete;
  awaitable_event& operator=(const awaitable_event&) = delete;
  ~awaitable_event() = default;

  /// Has the coroutine that waits resumed by a later turn of the loop. Where none waits, the event
  /// stays set, and the next wait returns at once.
  void set();

  /// The same, but resumes the coroutine here and now: it has run up to its next wait, or to its
  /// end, when this returns. The caller touches nothing then that the coroutine owns.
  void set_and_resume();

  /// Sets the event for good: every wait returns at once.
  void stop();
  bool stopped() const { return stopped_; }

  /// `co_await event.wait()`: waits until the event is set, and resets it. One coroutine at a time.
  /// Cancelled, it returns, and the coroutine's next co_await throws, as usual with Asio.
  auto wait() {
    token by_awaiting;
    return asio::async_initiate<token, void()>(
        [](handler_type handler, awaitable_event* self) { self->start(std::move(handler)); },
        by_awaiting, this);
  }

 private:
  friend class awaitable_event_service;
  using token = asio::use_awaitable_t<executor>;
  using handler_type = asio::async_result<token, void()>::handler_type;

  void start(handler_type handler);
  handler_type take_handler();

  executor on_;
  std::optional<handler_type> waiting_;
  bool set_ = false;
  bool stopped_ = false;
};

}  // namespace ws_demo
