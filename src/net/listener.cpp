#include "net/listener.hpp"

#include "net/connection.hpp"

#include <boost/asio/error.hpp>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <chrono>
#include <limits>
#include <new>
#include <stdexcept>
#include <utility>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

/// How many connections are accepted in one turn of the loop: about a millisecond.
constexpr int accepts_per_turn = 32;

/// Whether one connection failed before it was accepted, and the next may not (accept(2)).
bool is_of_one_connection(error_code ec) {
  using namespace boost::system::errc;
  return ec == asio::error::connection_aborted || ec == protocol_error || ec == network_down ||
         ec == no_protocol_option || ec == host_unreachable || ec == network_unreachable ||
         ec == operation_not_supported;
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
  acceptor_.non_blocking(true);
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
  acceptor_.non_blocking(true);
  adopted_ = true;
  endpoint_ = acceptor_.local_endpoint();
} catch (const boost::system::system_error& error) {
  throw std::runtime_error("cannot listen on the socket that was passed: " +
                           error.code().message());
}

task<void> listener::accept(std::function<void(tcp_socket, const tcp::endpoint&)> accepted) {
  timer pause(acceptor_.get_executor());
  bool has_failed = false;
  while (acceptor_.is_open()) {
    const auto [waited] = co_await acceptor_.async_wait(tcp_acceptor::wait_read, no_throw);
    const auto ec = waited ? waited : accept_some(accepted);
    if (!acceptor_.is_open()) break;
    if (!ec) {
      if (std::exchange(has_failed, false)) spdlog::info("accepting again");
    } else {
      if (!std::exchange(has_failed, true))
        spdlog::error("cannot accept: {}; waiting", ec.message());
      pause.expires_after(100ms);
      co_await pause.async_wait(no_throw);
    }
  }
}

error_code listener::accept_some(
    const std::function<void(tcp_socket, const tcp::endpoint&)>& accepted) try {
  for (int i = 0; i < accepts_per_turn && acceptor_.is_open(); ++i) {
    tcp::endpoint from;
    error_code ec;
    auto socket = acceptor_.accept(from, ec);
    if (ec == asio::error::would_block) break;
    if (is_of_one_connection(ec)) continue;
    if (ec) return ec;
    if (adopted_) connection::prepare(socket.native_handle(), limits_);
    accepted(std::move(socket), from);
  }
  return {};
} catch (const std::bad_alloc&) {
  return asio::error::no_memory;
}

void listener::close() {
  error_code ignored;
  acceptor_.close(ignored);
}

}  // namespace ws_demo
