#pragma once

// The server as a part of your own program: make one on your io_context, await run(), and publish.
//
//   asio::io_context io(1);
//   ws_demo::server push_server(io, ws_demo::options{});
//   asio::co_spawn(io, push_server.run(), asio::detached);
//   push_server.publish("prices", R"({"eur":1.1})");
//   io.run();
//
// It logs through spdlog's default logger, and leaves signals, the limit of open descriptors and
// all else that belongs to the process to its owner; src/main.cpp is one.

#include "ws_demo/options.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <optional>
#include <string_view>

namespace ws_demo {

/// Threads: publish() and stop() may be called from any thread. The io_context runs on one thread,
/// and all other calls are made on it or before it runs.
class server {
 public:
  /// Reads the page, binds and listens: connections queue from here on, and run() serves them.
  /// @param io outlives the server.
  /// @param listening a socket that listens already, instead of options::host and options::port;
  /// the server closes it.
  /// @throws std::runtime_error, one line with what and why, where the page cannot be served or an
  /// address not be listened on.
  server(boost::asio::io_context& io, options o, std::optional<int> listening = std::nullopt);
  /// Does as stop() does; who waits in publish() is let go.
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Where it listens; the port is the real one, also where options asked for 0.
  boost::asio::ip::tcp::endpoint endpoint() const;
  /// Where it listens for operators; to be asked for only where options::admin_port is set.
  boost::asio::ip::tcp::endpoint admin_endpoint() const;

  /// Serves until stop(), and returns when every connection has ended. To be awaited once.
  boost::asio::awaitable<void, boost::asio::io_context::executor_type> run();

  /// Takes no more peers, and asks every connection to leave: peers are closed with 1001, spread
  /// over options::drain_spread. Those left options::shutdown_timeout later are cut.
  void stop();

  /// Publishes an event to all who have subscribed to its topic, and to those who come back for it.
  /// Once the io_context runs, the events of one thread go out in the order of its calls.
  ///
  /// On the io_context's thread it is published when this returns. From another thread it is handed
  /// over: while options::max_inbox_bytes of events wait there, this waits, at most for
  /// options::publish_timeout, so that a thread that is faster than the server is slowed down. Once
  /// run() has returned, nothing is published.
  /// @param topic 1 to 128 bytes of letters, digits, `.`, `_`, `-` and `/`. Where there are
  /// options::max_topics_total already, an event on a new one is dropped, counted and logged.
  /// @param payload JSON, which reaches subscribers as it is, but for the space around it
  /// @throws std::invalid_argument, which says what is wrong, where topic or payload are not that,
  /// or the payload is larger than options::max_event_bytes.
  /// @throws std::runtime_error where there is no room after options::publish_timeout: the
  /// io_context does not run, or is kept busy by something else.
  void publish(std::string_view topic, std::string_view payload);

 private:
  class work;
  std::shared_ptr<work> work_;
};

}  // namespace ws_demo
