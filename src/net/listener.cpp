#include "net/listener.hpp"

#include "net/connection.hpp"

#include <boost/asio/error.hpp>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <chrono>
#include <limits>
#include <stdexcept>
#include <utility>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

/// The process or the system has no descriptor or memory left for another socket.
bool is_exhaustion(error_code ec) {
  return ec == asio::error::no_descriptors || ec == asio::error::no_buffer_space ||
         ec == asio::error::no_memory || ec == boost::system::errc::too_many_files_open_in_system;
}

/// -1 where it is not a socket.
int socket_option(int socket, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  ::getsockopt(socket, SOL_SOCKET, name, &value, &size);
  return value;
}

}  // namespace

listener::listener(asio::io_context& io, const options& limits)
    : limits_(limits), acceptor_(io.get_executor()) {}

void listener::listen(const tcp::endpoint& on) try {
  acceptor_.open(on.protocol());
  connection::prepare(acceptor_.native_handle(), limits_);
  acceptor_.set_option(tcp_acceptor::reuse_address(true));
  acceptor_.bind(on);
  acceptor_.listen(std::numeric_limits<int>::max());  // the kernel caps it at net.core.somaxconn
  endpoint_ = acceptor_.local_endpoint();
} catch (const boost::system::system_error& error) {
  throw std::runtime_error("cannot listen on " + to_string(on) + ": " + error.code().message());
}

void listener::adopt(int socket) try {
  const int family = socket_option(socket, SO_DOMAIN);
  const bool is_tcp = (family == AF_INET || family == AF_INET6) &&
                      socket_option(socket, SO_TYPE) == SOCK_STREAM &&
                      socket_option(socket, SO_ACCEPTCONN) == 1;
  if (!is_tcp) throw std::runtime_error("the socket that was passed is not a listening TCP socket");
  acceptor_.assign(family == AF_INET6 ? tcp::v6() : tcp::v4(), socket);
  connection::prepare(socket, limits_);
  adopted_ = true;
  endpoint_ = acceptor_.local_endpoint();
} catch (const boost::system::system_error& error) {
  throw std::runtime_error("cannot listen on the socket that was passed: " +
                           error.code().message());
}

task<void> listener::accept(std::function<void(tcp_socket, const tcp::endpoint&)> accepted) {
  timer pause(acceptor_.get_executor());
  bool was_exhausted = false;
  while (acceptor_.is_open()) {
    tcp::endpoint from;
    auto [ec, socket] = co_await acceptor_.async_accept(from, no_throw);
    if (is_exhaustion(ec)) {
      if (!was_exhausted) spdlog::error("cannot accept: {}; waiting", ec.message());
      was_exhausted = true;
      pause.expires_after(100ms);
      co_await pause.async_wait(no_throw);
    } else if (!ec) {
      if (was_exhausted) spdlog::info("accepting again");
      was_exhausted = false;
      if (adopted_) connection::prepare(socket.native_handle(), limits_);
      accepted(std::move(socket), from);
    }  // otherwise the peer has gone already, or the listener was closed
  }
}

void listener::close() {
  error_code ignored;
  acceptor_.close(ignored);
}

}  // namespace ws_demo
