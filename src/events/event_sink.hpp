#pragma once

// What the hub delivers events to: a subscriber's send queue.

#include "events/event.hpp"
#include "net/asio.hpp"

#include <boost/intrusive/list.hpp>

namespace ws_demo {

/// Threads: the io_context's only.
class event_sink : public boost::intrusive::list_base_hook<
                       boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  /// Queues an event without sending it. The hub links the sink into its list of those to flush.
  /// Without memory for it, this sink fails, and no other.
  /// @param due when the event should leave
  virtual void enqueue(shared_event e, steady_clock::time_point due) noexcept = 0;

  /// Sends what is queued, as far as the socket takes it.
  virtual void flush() noexcept = 0;

 protected:
  event_sink() = default;
  event_sink(const event_sink&) = default;
  event_sink& operator=(const event_sink&) = default;
  ~event_sink() = default;
};

}  // namespace ws_demo
