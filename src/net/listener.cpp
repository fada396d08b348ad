#include "net/listener.hpp"

#include "common/text.hpp"
#include "net/connection.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/system/system_error.hpp>
#include <netinet/in.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

/// How many connections are accepted in one turn of the loop: about a millisecond.
constexpr int accepts_per_turn = 32;

/// The kernel caps it at net.core.somaxconn.
constexpr int longest_backlog = std::numeric_limits<int>::max();

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

/// What a generic endpoint of that protocol holds.
template <class Endpoint>
Endpoint endpoint_cast(const asio::generic::stream_protocol::endpoint& from) {
  Endpoint to;
  std::memcpy(to.data(), from.data(), std::min(from.size(), to.capacity()));
  to.resize(from.size());
  return to;
}

std::string unix_name(std::string_view path) {
  return std::string(unix_prefix).append(path);
}

[[noreturn]] void throw_cannot_listen(std::string_view where, const error_code& why) {
  throw std::runtime_error(
      std::string("cannot listen on ").append(where).append(": ").append(why.message()));
}

}  // namespace

listener::listener(asio::io_context& io, const options& limits)
    : limits_(limits), acceptor_(io.get_executor()) {}

void listener::listen(const tcp::endpoint& on) try {
  acceptor_.open(on.protocol());
  acceptor_.set_option(stream_acceptor::reuse_address(true));
  acceptor_.bind(on);
  set_up();
  acceptor_.listen(longest_backlog);
} catch (const boost::system::system_error& error) {
  throw_cannot_listen(to_string(on), error.code());
}

void listener::listen(const std::filesystem::path& on, ::mode_t mode) try {
  const asio::local::stream_protocol::endpoint there(on.string());
  if (remove_stale_socket(on))
    spdlog::warn("replaced a socket that nobody listened on path={}", printable(on.string()));
  acceptor_.open(there.protocol());
  acceptor_.bind(there);
  file_.emplace(on, mode);  // before anybody can connect
  set_up();
  acceptor_.listen(longest_backlog);
} catch (const boost::system::system_error& error) {
  throw_cannot_listen(unix_name(on.string()), error.code());
}

void listener::adopt(int socket) try {
  const int family = socket_option(socket, SO_DOMAIN);
  const bool is_stream = (family == AF_INET || family == AF_INET6 || family == AF_UNIX) &&
                         socket_option(socket, SO_TYPE) == SOCK_STREAM &&
                         socket_option(socket, SO_ACCEPTCONN) == 1;
  if (!is_stream)
    throw std::runtime_error("the socket that was passed is not a listening TCP or Unix socket");
  const int protocol = family == AF_UNIX ? 0 : IPPROTO_TCP;
  acceptor_.assign(asio::generic::stream_protocol(family, protocol), socket);
  set_up();
  adopted_ = true;
} catch (const boost::system::system_error& error) {
  throw_cannot_listen("the socket that was passed", error.code());
}

/// With a socket that is bound.
void listener::set_up() {
  acceptor_.non_blocking(true);
  const auto at = acceptor_.local_endpoint();
  is_unix_ = at.protocol().family() == AF_UNIX;
  if (is_unix_) {
    name_ = unix_name(endpoint_cast<asio::local::stream_protocol::endpoint>(at).path());
  } else {
    connection::prepare(acceptor_.native_handle(), limits_);
    endpoint_ = endpoint_cast<tcp::endpoint>(at);
    name_ = to_string(endpoint_);
  }
}

task<void> listener::accept(std::function<void(stream_socket, const remote_end&)> accepted) {
  timer pause(acceptor_.get_executor());
  bool has_failed = false;
  while (acceptor_.is_open()) {
    const auto [waited] = co_await acceptor_.async_wait(stream_acceptor::wait_read, no_throw);
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
    const std::function<void(stream_socket, const remote_end&)>& accepted) try {
  for (int i = 0; i < accepts_per_turn && acceptor_.is_open(); ++i) {
    generic_endpoint from;
    error_code ec;
    auto socket = acceptor_.accept(from, ec);
    if (ec == asio::error::would_block) break;
    if (is_of_one_connection(ec)) continue;
    if (ec) return ec;
    prepare(socket);
    accepted(std::move(socket), end_of(from));
  }
  return {};
} catch (const std::bad_alloc&) {
  return asio::error::no_memory;
}

void listener::prepare(stream_socket& accepted) const {
  if (is_unix_)
    connection::prepare_unix(accepted.native_handle(), limits_);
  else if (adopted_)
    connection::prepare(accepted.native_handle(), limits_);
}

remote_end listener::end_of(const generic_endpoint& connected) {
  if (is_unix_) return {{}, ++last_number_};
  const auto end = endpoint_cast<tcp::endpoint>(connected);
  return {end.address(), end.port()};
}

void listener::close() {
  file_.reset();  // while the socket is open, no other file has its inode
  error_code ignored;
  acceptor_.close(ignored);
}

}  // namespace ws_demo
