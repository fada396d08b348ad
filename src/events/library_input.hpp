#pragma once

// Publishing from the process itself, through the library (server.hpp): at once on the io_context's
// thread, through a queue from others.

#include "events/publish_queue.hpp"
#include "events/publisher.hpp"
#include "net/asio.hpp"
#include "net/awaitable_event.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ws_demo {

/// The server owns it, and shares it with threads that publish while it is destroyed. Threads: the
/// io_context's only, but for publish() and close().
class library_input {
 public:
  /// @param to outlives it
  library_input(asio::io_context& io, publisher& to);

  /// As server::publish().
  static std::optional<std::string> publish(const std::shared_ptr<library_input>& self,
                                            std::string_view topic, std::string_view payload);
  /// As server::async_publish().
  static task<std::string> async_publish(std::shared_ptr<library_input> self, std::string topic,
                                         std::string payload, std::string key);

  /// Publishes what other threads hand over, until stop(). To be awaited once.
  task<void> publish_all();
  /// Looks into the queue, in case that another thread had no memory to say that it has filled.
  void look_again();

  /// Drops what waits, now and later. Threads that wait for room return.
  void close() { queue_.close(); }
  void stop();

 private:
  asio::io_context& io_;
  publisher& to_;
  publish_queue queue_;
  awaitable_event filled_;
};

}  // namespace ws_demo
