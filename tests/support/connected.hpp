#pragma once

// A connection over loopback, or of a pair of Unix-domain sockets: the server's side as a
// `connection`, the peer's as a plain socket.

#include "deadline.hpp"
#include "net/asio.hpp"
#include "net/connection.hpp"
#include "net/remote_end.hpp"
#include "net/tcp_traffic.hpp"
#include "ws_demo/options.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace ws_demo::testing {

struct connected {
  enum class over : std::uint8_t { tcp, unix_domain };

  /// @param receive_buffer_bytes SO_RCVBUF of the peer, of TCP; 0 for the system's own.
  explicit connected(asio::io_context& on, options o = {}, int receive_buffer_bytes = 0,
                     over domain = over::tcp)
      : limits(std::move(o)), io(on), peer(on) {
    if (domain == over::tcp)
      connect(receive_buffer_bytes);
    else
      connect_pair();
  }

  /// The next bytes that the peer gets; fewer where the connection ends.
  std::string read(std::size_t size) {
    std::string got(size, '\0');
    bool done = false;
    asio::async_read(peer, asio::buffer(got), [&](error_code, std::size_t read) {
      got.resize(read);
      done = true;
    });
    run_until(io, [&] { return done; });
    return got;
  }

  /// Writes as much as the sockets take, until the peer's has no room.
  void fill() const {
    const std::string bytes(65536, 'x');
    while (!link->try_send(asio::buffer(bytes)).first) {
    }
    wait_until([this] { return !traffic_of(link->native_handle())->has_room; });
  }

  /// Waits for what the kernel does. Throws where it does not.
  template <class Condition>
  static void wait_until(const Condition& condition) {
    const auto give_up = steady_clock::now() + patience;
    while (!condition())
      if (steady_clock::now() > give_up) throw std::runtime_error("waited in vain");
  }

  /// Whether the server's side has closed.
  bool is_closed() { return read(1).empty(); }

  memory_budget memory{std::size_t{1} << 30};
  const options limits;
  asio::io_context& io;
  stream_socket peer;
  std::unique_ptr<connection> link;

 private:
  void connect(int receive_buffer_bytes) {
    peer.open(tcp::v4());
    if (receive_buffer_bytes > 0)
      peer.set_option(asio::socket_base::receive_buffer_size(receive_buffer_bytes));
    asio::basic_socket_acceptor<tcp, executor> listening(io, {asio::ip::address_v4::loopback(), 0});
    connection::prepare(listening.native_handle(), limits);
    peer.connect(listening.local_endpoint());
    tcp::endpoint from;
    stream_socket accepted(listening.accept(from));
    link = std::make_unique<connection>(std::move(accepted),
                                        remote_end{from.address(), from.port()}, limits, memory);
  }

  void connect_pair() {
    using socket = asio::basic_stream_socket<asio::local::stream_protocol, executor>;
    socket accepted(io);
    socket connecting(io);
    asio::local::connect_pair(accepted, connecting);
    connection::prepare_unix(accepted.native_handle(), limits);
    peer = std::move(connecting);
    link = std::make_unique<connection>(std::move(accepted), remote_end{{}, 17}, limits, memory);
  }
};

}  // namespace ws_demo::testing
