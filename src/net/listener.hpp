#pragma once

// A listening TCP socket. The server owns it. Threads: the io_context's only.

#include "net/asio.hpp"
#include "ws_demo/options.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>

namespace ws_demo {

class listener {
 public:
  /// @param limits outlives the listener.
  listener(asio::io_context& io, const options& limits);

  /// Binds and listens.
  /// @throws std::runtime_error, one line.
  void listen(const tcp::endpoint& on);
  /// Takes over a socket that listens already, and closes it in the end.
  /// @throws std::runtime_error, one line, where it is not a listening TCP socket.
  void adopt(int socket);

  /// Accepts connections until close(). While none can be accepted, because the process has no
  /// descriptor or memory left, or for any other reason, it waits and tries again. To be awaited
  /// once.
  /// @param accepted takes each connection and the peer's address; it does not throw.
  task<void> accept(std::function<void(tcp_socket, const tcp::endpoint&)> accepted);

  void close();
  bool is_open() const { return acceptor_.is_open(); }
  /// The port is the real one, also where 0 was asked for.
  const tcp::endpoint& endpoint() const { return endpoint_; }

 private:
  error_code accept_some(const std::function<void(tcp_socket, const tcp::endpoint&)>& accepted);

  const options& limits_;
  tcp_acceptor acceptor_;
  tcp::endpoint endpoint_;
  bool adopted_ = false;  // connections may have waited there since before it was prepared
};

}  // namespace ws_demo
