#pragma once

// A TCP connection over loopback: the server's side as a `connection`, the peer's as a plain
// socket.

#include "deadline.hpp"
#include "net/asio.hpp"
#include "net/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace ws_demo::testing {

struct connected {
  explicit connected(asio::io_context& on) : io(on), peer(on) {
    tcp_acceptor listening(io.get_executor(), {asio::ip::address_v4::loopback(), 0});
    peer.connect(listening.local_endpoint());
    tcp::endpoint from;
    auto accepted = listening.accept(from);
    link = std::make_unique<connection>(std::move(accepted), from);
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

  /// Whether the server's side has closed.
  bool is_closed() { return read(1).empty(); }

  asio::io_context& io;
  asio::ip::tcp::socket peer;
  std::unique_ptr<connection> link;
};

}  // namespace ws_demo::testing
