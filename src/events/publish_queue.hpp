#pragma once

// Events that other threads publish, on their way to the io_context's.
//
// Threads: push() and close() in any, take() in the io_context's only.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

namespace ws_demo {

class publish_queue {
 public:
  struct event {
    std::string topic;
    std::string payload;
  };

  /// @param limit_bytes most bytes of events that may wait
  explicit publish_queue(std::size_t limit_bytes) : limit_bytes_(limit_bytes) {}

  /// Appends an event, or drops it once closed. Blocks while there is no room, for at most
  /// `timeout`.
  /// @returns whether the queue was empty before, so that take() is due.
  /// @throws std::runtime_error if there was no room in time.
  bool push(event e, std::chrono::milliseconds timeout);

  /// Removes and returns all events.
  std::vector<event> take();
  bool empty() const;

  /// Drops all events, now and later. Threads that wait for room return.
  void close();

 private:
  const std::size_t limit_bytes_;
  mutable std::mutex mutex_;  // guards all below
  std::condition_variable room_;
  std::vector<event> events_;
  std::size_t bytes_ = 0;
  bool closed_ = false;
};

}  // namespace ws_demo
