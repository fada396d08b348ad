#pragma once

// Events published in other threads, on their way to the io_context's. No sockets.
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

  /// @param limit_bytes how many bytes of events may wait
  explicit publish_queue(std::size_t limit_bytes) : limit_bytes_(limit_bytes) {}

  /// Appends an event, which is dropped once closed. Waits for room, at most `patience`.
  /// @returns whether the participant is to be told, because there was nothing before.
  /// @throws std::runtime_error where there was no room by then.
  bool push(event e, std::chrono::milliseconds patience);

  /// All that has come since the last time.
  std::vector<event> take();

  /// Nobody takes any more: those who wait for room do so no longer.
  void close();

 private:
  const std::size_t limit_bytes_;
  std::mutex guard_;  // of all below
  std::condition_variable room_;
  std::vector<event> events_;
  std::size_t bytes_ = 0;
  bool closed_ = false;
};

}  // namespace ws_demo
