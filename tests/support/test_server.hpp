#pragma once

#include "net/asio.hpp"
#include "ws_demo/server.hpp"

#include <functional>
#include <future>
#include <memory>
#include <thread>

namespace ws_demo::testing {

/// Options for a server that tests can wait for: a port of the system's choice, no pushes.
options quiet();
/// The same, pushing each `interval`.
options pushing(std::chrono::milliseconds interval);

/// A real server on a thread of its own, stopped and joined by the destructor.
class test_server {
 public:
  /// @param prepare is called before the server runs; may be empty
  explicit test_server(options o = quiet(), const std::function<void(server&)>& prepare = {});
  ~test_server();
  test_server(const test_server&) = delete;
  test_server& operator=(const test_server&) = delete;

  std::uint16_t port() const { return server_.endpoint().port(); }
  std::uint16_t admin_port() const { return server_.admin_endpoint().port(); }
  /// From any thread.
  void publish(std::string_view topic, std::string_view payload) {
    server_.publish(topic, payload);
  }
  /// Asks it to stop, from any thread, and returns at once.
  void stop();
  /// Whether run() has returned; waits for it at most `patience`.
  bool stopped();

 private:
  asio::io_context io_{1};
  server server_;
  std::promise<void> done_;
  std::shared_future<void> ended_{done_.get_future()};
  std::thread thread_;
};

}  // namespace ws_demo::testing
