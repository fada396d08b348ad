#pragma once

// Listens, accepts, keeps the time-outs, and shuts down.

#include "ws_demo/connection.hpp"
#include "ws_demo/front.hpp"
#include "ws_demo/net.hpp"
#include "ws_demo/options.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list.hpp>

#include <exception>

namespace ws_demo {

/// Threads: the io_context runs on one thread, and every call is made on it or before it runs.
class server {
 public:
  /// Reads the page, binds and listens: connections queue from here on, and run() serves them.
  /// @param o outlives the server.
  /// @throws std::runtime_error, one line with what and why, where the page cannot be served or the
  /// address not be listened on.
  server(asio::io_context& io, const options& o);

  /// Where it listens; the port is the real one, also where options asked for 0.
  tcp::endpoint endpoint() const { return endpoint_; }

  /// Serves until stop(), and returns when every connection has ended. To be awaited once; the
  /// server outlives it.
  task<void> run();

  /// Accepts no more, and asks every connection to leave: peers are closed with 1001. Those left
  /// after options::shutdown_timeout are cut.
  void stop();

 private:
  using connection_list =
      boost::intrusive::list<connection, boost::intrusive::constant_time_size<false>>;

  task<void> accept_connections();
  task<void> serve_connection(tcp_socket socket);
  void connection_ended(const std::exception_ptr& failure);
  task<void> keep_time();

  asio::io_context& io_;
  const options& options_;
  site site_;
  tcp_acceptor acceptor_;
  tcp::endpoint endpoint_;
  connection_list connections_;  // links itself: each is in the frame of its serve_connection
  bool stopping_ = false;
  steady_clock::time_point cut_all_at_ = steady_clock::time_point::max();
  timer alarm_;
};

}  // namespace ws_demo
