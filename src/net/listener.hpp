#pragma once

// A listening socket, of TCP or of the Unix domain. The server owns it. Threads: the io_context's
// only.

#include "net/asio.hpp"
#include "net/remote_end.hpp"
#include "net/socket_file.hpp"
#include "ws_demo/options.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace ws_demo {

class listener {
 public:
  /// @param limits outlives the listener.
  listener(asio::io_context& io, const options& limits);

  /// Binds and listens.
  /// @throws std::runtime_error, one line.
  void listen(const tcp::endpoint& on);
  /// The same at the path of a Unix-domain socket, which is removed by close(). One that a killed
  /// process has left there is replaced.
  /// @param mode who may connect: those who may write to it.
  void listen(const std::filesystem::path& on, ::mode_t mode);
  /// Takes over a socket that listens already, and closes it in the end.
  /// @throws std::runtime_error, one line, where it is not a listening stream socket of TCP or of
  /// the Unix domain.
  void adopt(int socket);

  /// Accepts connections until close(). While none can be accepted, because the process has no
  /// descriptor or memory left, or for any other reason, it waits and tries again. To be awaited
  /// once.
  /// @param accepted takes each connection and its other end; it does not throw.
  task<void> accept(std::function<void(stream_socket, const remote_end&)> accepted);

  void close();
  bool is_open() const { return acceptor_.is_open(); }
  /// The port is the real one, also where 0 was asked for. tcp::endpoint{} of a Unix-domain socket.
  const tcp::endpoint& endpoint() const { return endpoint_; }
  /// Whether only processes of this machine can connect, as to a Unix-domain socket.
  bool is_on_loopback() const { return is_unix_ || endpoint_.address().is_loopback(); }
  /// "127.0.0.1:9001", "unix:/run/ws-demo/sock".
  const std::string& name() const { return name_; }

 private:
  using generic_endpoint = asio::generic::stream_protocol::endpoint;
  void set_up();
  error_code accept_some(const std::function<void(stream_socket, const remote_end&)>& accepted);
  void prepare(stream_socket& accepted) const;
  remote_end end_of(const generic_endpoint& connected);

  const options& limits_;
  stream_acceptor acceptor_;
  std::optional<socket_file> file_;
  tcp::endpoint endpoint_;
  std::string name_;
  std::uint32_t last_number_ = 0;  // of the connections that have no port
  bool is_unix_ = false;
  bool adopted_ = false;  // connections may have waited there since before it was prepared
};

}  // namespace ws_demo
