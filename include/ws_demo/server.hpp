#pragma once

// Listens, accepts, keeps the time-outs, and shuts down.

#include "ws_demo/connection.hpp"
#include "ws_demo/front.hpp"
#include "ws_demo/net.hpp"
#include "ws_demo/options.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <exception>
#include <optional>

namespace ws_demo {

/// Threads: the io_context runs on one thread, and every call is made on it or before it runs.
class server {
 public:
  /// Reads the page, binds and listens: connections queue from here on, and run() serves them.
  /// @param o outlives the server.
  /// @param listening a socket that listens already, instead of options::host and options::port;
  /// the server closes it.
  /// @throws std::runtime_error, one line with what and why, where the page cannot be served or an
  /// address not be listened on.
  server(asio::io_context& io, const options& o, std::optional<int> listening = std::nullopt);

  /// Where it listens; the port is the real one, also where options asked for 0.
  tcp::endpoint endpoint() const { return public_.endpoint; }
  /// Where it listens for operators; to be asked for only where options::admin_port is set.
  tcp::endpoint admin_endpoint() const { return operators_.endpoint; }

  /// Serves until stop(), and returns when every connection has ended. To be awaited once; the
  /// server outlives it.
  task<void> run();

  /// Takes no more peers, and asks every connection to leave: peers are closed with 1001, spread
  /// over options::drain_spread. Those left options::shutdown_timeout later are cut.
  void stop();

 private:
  using connection_list =
      boost::intrusive::list<connection, boost::intrusive::constant_time_size<false>>;

  struct listener {
    explicit listener(asio::io_context& io) : acceptor(io.get_executor()) {}
    void listen(const tcp::endpoint& on);
    void adopt(int socket);
    void close();

    tcp_acceptor acceptor;
    tcp::endpoint endpoint;
    door kind{};
  };

  task<void> accept_connections(listener& at);
  task<void> serve_connection(tcp_socket socket, door through);
  void connection_ended(const std::exception_ptr& failure);
  task<void> keep_time();
  /// Asks as many connections to leave as should have been asked by now.
  void drain(steady_clock::time_point now);
  std::size_t due_to_leave(steady_clock::time_point now) const;

  asio::io_context& io_;
  const options& options_;
  site site_;
  listener public_;
  listener operators_;
  connection_list connections_;  // links itself: each is in the frame of its serve_connection
  timer alarm_;

  // Of a stop
  steady_clock::time_point asked_to_stop_at_;
  steady_clock::time_point cut_all_at_ = steady_clock::time_point::max();
  std::size_t to_leave_ = 0;  // how many connections there were then
  std::size_t asked_ = 0;     // how many have been asked to leave
};

}  // namespace ws_demo
