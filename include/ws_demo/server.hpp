#pragma once

// The server as a part of your own program: make one on your io_context, await run(), and publish.
//
//   asio::io_context io(1);
//   ws_demo::server push_server(io, ws_demo::options{});
//   asio::co_spawn(io, push_server.run(), asio::detached);
//   push_server.publish("prices", R"({"eur":1.1})");
//   io.run();
//
// It logs through what is spdlog's default logger when it is made. Signals, the limit of open
// descriptors, and everything else that belongs to the process are left to its owner;
// src/app/main.cpp is one.

#include "ws_demo/access.hpp"
#include "ws_demo/event_log.hpp"
#include "ws_demo/options.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ws_demo {

/// Threads: publish() and stop() may be called from any thread. The io_context runs on one thread,
/// and all other members are called on it or before it runs.
class server {
 public:
  /// Reads the page, binds and listens. Connections wait in the backlog until run() accepts them.
  /// @param io outlives the server.
  /// @param listening a socket of TCP or of the Unix domain that listens already, used instead of
  /// options::host, options::port and options::unix_socket. The server closes it.
  /// @throws std::runtime_error, one line that says what failed and why, if the page cannot be
  /// read, the keys of tokens cannot be used, or an address cannot be listened on.
  /// @throws std::invalid_argument if options::publish_token or options::trusted_proxies are not
  /// what they may be.
  server(boost::asio::io_context& io, options o, std::optional<int> listening = std::nullopt);
  /// As stop(); threads that wait in publish() return.
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// The address that is listened on, with the real port if options::port is 0;
  /// tcp::endpoint{} on a Unix-domain socket.
  boost::asio::ip::tcp::endpoint endpoint() const;
  /// The same of options::admin_port, which must be set.
  boost::asio::ip::tcp::endpoint admin_endpoint() const;
  /// endpoint() for people, or the socket: "127.0.0.1:9001", "unix:/run/ws-demo/sock".
  std::string listening_on() const;

  /// Serves until stop(), and returns when every connection has ended. To be awaited once.
  boost::asio::awaitable<void, boost::asio::io_context::executor_type> run();

  /// Admits no more peers, and closes those that there are with 1001, spread over
  /// options::drain_spread. Connections that are left options::shutdown_timeout later are aborted.
  void stop();

  /// Tells the server that the process can get no more memory: what options::max_memory_bytes
  /// counts now becomes its limit, less a sixteenth, and some of it is given back. For a program's
  /// std::new_handler, which cannot call this itself: the io_context's thread does, soon after.
  void memory_ran_out();

  /// Publishes an event to the subscribers of its topic, and keeps it in the history for those that
  /// come back. Once the io_context runs, the events of one thread keep the order of its calls.
  ///
  /// On the io_context's thread, the event is published when this returns; with a log other than
  /// memory, it is on its way there. On another thread it is handed over: while
  /// options::max_publish_queue_bytes of events wait, this blocks, for at most
  /// options::publish_timeout, so that a thread that is faster than the server is slowed down.
  /// After run() has returned, nothing is published. What a log could not store is counted and
  /// logged; async_publish() tells it.
  /// @param topic 1 to 128 letters, digits, `.`, `_`, `-` and `/`. If it would be one more than
  /// options::max_topics_total, the event is dropped, counted and logged.
  /// @param payload JSON, which is passed on unchanged, without the whitespace around it.
  /// @returns the id of the event (`<epoch>:<n>`, as subscribers get it) if it has been published
  /// when this returns. async_publish() tells it always.
  /// @throws std::invalid_argument, which says what is wrong, if topic or payload are invalid, or
  /// the payload is larger than options::max_event_bytes.
  /// @throws std::runtime_error if there was no room within options::publish_timeout, because the
  /// io_context does not run, or is kept busy by something else; on the io_context's thread, if
  /// options::max_publish_queue_bytes of events wait to be stored by the log.
  std::optional<std::string> publish(std::string_view topic, std::string_view payload);

  /// The same as a coroutine, which waits until it is its turn, and then until the event has been
  /// sent, as far as the subscribers take it. To be awaited on the io_context's thread; another one
  /// spawns it there: `co_spawn(io, s.async_publish("t", "1"), use_future)`. May outlive the
  /// server.
  /// @param key names the event, in 1 to 100 printable ASCII characters without spaces: to publish
  /// it again with the same key, within two minutes, does not publish it twice. Only with a log in
  /// NATS (options::nats_servers), or one of your own that knows keys; empty for none.
  /// @returns the id of the event
  /// @throws std::invalid_argument as publish().
  /// @throws publish_in_doubt if nobody knows whether the event was stored.
  /// @throws std::runtime_error if the event was not published: the log has failed or takes none of
  /// this size, there are options::max_topics_total topics, or the server has stopped.
  boost::asio::awaitable<std::string, boost::asio::io_context::executor_type> async_publish(
      std::string topic, std::string payload, std::string key = {});

  /// Lets the program decide who may subscribe and publish, for WebSocket, Server-Sent Events and
  /// publishing over HTTP alike: it allows a request, narrows it, or refuses it. It is asked after
  /// the request's host and origin have been checked, with what the server would decide by itself
  /// (access_request::built_in), and on the io_context's thread. Replaces the last one; to be
  /// called before run().
  ///
  ///   push_server.on_authorize([](const ws_demo::access_request& r) {
  ///     if (r.topics.size() > 3) return ws_demo::access_decision::refuse(403, "Too many topics.");
  ///     return r.built_in;
  ///   });
  ///
  /// @param decide returns soon: it holds everybody up. Where it throws, which is logged, the
  /// request is refused with 503.
  void on_authorize(std::function<access_decision(const access_request&)> decide);

  /// The same as a coroutine, which may wait: it holds nobody else up. The request that it gets
  /// lives until it ends. After options::authorize_timeout, or when the server aborts the
  /// connection, as at the end of a shutdown, it is cancelled (asio::cancellation_type::terminal),
  /// and the request is refused with 503.
  void on_authorize(
      std::function<boost::asio::awaitable<access_decision, boost::asio::io_context::executor_type>(
          const access_request&)>
          decide);

  /// Reads options::token_keys_file again, if it is set. Who has connected with a key that is gone
  /// stays until its token expires.
  /// @throws std::runtime_error, one line, if the keys cannot be used; they stay as they were then.
  void reload_token_keys();

  /// The id from which a subscriber goes on that knows all that has been published: that of the
  /// newest event, or `<epoch>:0`; empty while a log in NATS has not been read yet. A page that is
  /// rendered from the same data as the events can subscribe with it (`since`), and misses nothing.
  std::string position() const;

 private:
  class impl;
  std::shared_ptr<impl> impl_;
};

}  // namespace ws_demo
