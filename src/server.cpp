#include "ws_demo/server.hpp"

#include "ws_demo/text.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

/// The process or the system has no descriptor or memory left for one more socket.
bool exhausted(error_code ec) {
  return ec == asio::error::no_descriptors || ec == asio::error::no_buffer_space ||
         ec == asio::error::no_memory || ec == boost::system::errc::too_many_files_open_in_system;
}

/// How often the deadlines are looked at: a tenth of the shortest, so that none is over by more.
std::chrono::milliseconds period_of(const options& o) {
  const auto shortest =
      std::min({o.handshake_timeout, o.keep_alive_timeout, o.close_timeout, o.idle_timeout / 2});
  return std::clamp(shortest / 10, 10ms, 500ms);
}

/// -1 where it is no socket.
int socket_option(int socket, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  ::getsockopt(socket, SOL_SOCKET, name, &value, &size);
  return value;
}

/// How often closes go out while a drain is spread.
constexpr auto drain_step = 10ms;

}  // namespace

server::server(asio::io_context& io, const options& o, std::optional<int> listening)
    : io_(io), options_(o), site_(o), public_(io), operators_(io), alarm_(io.get_executor()) {
  if (listening)
    public_.adopt(*listening);
  else
    public_.listen({o.host, o.port});
  if (o.admin_port) operators_.listen({asio::ip::address_v4::loopback(), *o.admin_port});
  operators_.kind.for_operators = true;
}

void server::listener::listen(const tcp::endpoint& on) try {
  acceptor.open(on.protocol());
  acceptor.set_option(tcp_acceptor::reuse_address(true));
  acceptor.bind(on);
  acceptor.listen();
  endpoint = acceptor.local_endpoint();
  kind.on_loopback = endpoint.address().is_loopback();
} catch (const boost::system::system_error& error) {
  throw std::runtime_error("cannot listen on " + to_string(on) + ": " + error.code().message());
}

void server::listener::adopt(int socket) try {
  const int family = socket_option(socket, SO_DOMAIN);
  const bool is_tcp = (family == AF_INET || family == AF_INET6) &&
                      socket_option(socket, SO_TYPE) == SOCK_STREAM &&
                      socket_option(socket, SO_ACCEPTCONN) == 1;
  if (!is_tcp) throw std::runtime_error("what was passed is not a listening TCP socket");
  acceptor.assign(family == AF_INET6 ? tcp::v6() : tcp::v4(), socket);
  endpoint = acceptor.local_endpoint();
  kind.on_loopback = endpoint.address().is_loopback();
} catch (const boost::system::system_error& error) {
  throw std::runtime_error("cannot listen on the socket that was passed: " +
                           error.code().message());
}

void server::listener::close() {
  error_code ignored;
  acceptor.close(ignored);
}

task<void> server::run() {
  using namespace asio::experimental::awaitable_operators;
  auto all = accept_connections(public_) && accept_connections(operators_) && keep_time();
  co_await std::move(all);
}

void server::stop() {
  if (site_.draining) return;
  site_.draining = true;
  asked_to_stop_at_ = steady_clock::now();
  cut_all_at_ = asked_to_stop_at_ + options_.drain_spread + options_.shutdown_timeout;
  to_leave_ = connections_.size();
  drain(asked_to_stop_at_);
  alarm_.cancel();
}

task<void> server::accept_connections(listener& at) {
  timer pause(io_.get_executor());
  bool was_exhausted = false;
  while (at.acceptor.is_open()) {
    auto [ec, socket] = co_await at.acceptor.async_accept(no_throw);
    if (exhausted(ec)) {
      if (!was_exhausted) spdlog::error("cannot accept: {}; waiting", ec.message());
      was_exhausted = true;
      pause.expires_after(100ms);
      co_await pause.async_wait(no_throw);
    } else if (!ec) {
      if (was_exhausted) spdlog::info("accepting again");
      was_exhausted = false;
      asio::co_spawn(io_, serve_connection(std::move(socket), at.kind),
                     [this](const std::exception_ptr& failure) { connection_ended(failure); });
    }  // else that one was gone before it was accepted
  }
}

task<void> server::serve_connection(tcp_socket socket, door through) {
  if (!public_.acceptor.is_open()) co_return;  // accepted just before that was closed
  connection c(std::move(socket), options_, site_.draining);
  connections_.push_back(c);
  co_await serve(c, site_, through);
}

void server::connection_ended(const std::exception_ptr& failure) {
  if (site_.draining) alarm_.cancel();
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    spdlog::error("connection failed: {}", error.what());
  }
}

/// Looks at all connections a few times a second. One pass over all is cheaper than a timer in
/// each, of which nearly none ever expires.
task<void> server::keep_time() {
  const auto period = period_of(options_);
  while (public_.acceptor.is_open() || !connections_.empty()) {
    const auto next =
        steady_clock::now() + (site_.draining ? std::min(period, drain_step) : period);
    alarm_.expires_at(std::min(next, cut_all_at_));
    co_await alarm_.async_wait(no_throw);
    const auto now = steady_clock::now();
    site_.refused.tell();
    site_.center.expire(now);
    site_.counts.history_events = site_.center.past().events();
    site_.counts.history_bytes = site_.center.past().bytes();
    for (auto& c : connections_) c.keep_time(now);
    if (site_.draining) drain(now);
  }
}

/// The listeners stay open until the last peer has gone, so that a load balancer hears from /readyz
/// that this server drains.
void server::drain(steady_clock::time_point now) {
  const bool over = now >= cut_all_at_;
  if (over || site_.peers.peers() == 0) {
    public_.close();
    operators_.close();
  }
  const bool all = !public_.acceptor.is_open();
  const std::size_t due = due_to_leave(now);
  const close_reason why{boost::beast::websocket::close_code::going_away,
                         "server is shutting down"};
  for (auto& c : connections_) {
    if (over) {
      c.cut();
    } else if (!c.leaving() && (all || (!c.came_during_drain() && asked_ < due))) {
      ++asked_;
      c.leave(why);
    }
  }
}

/// How many of those that were there at the stop should have been asked by now.
std::size_t server::due_to_leave(steady_clock::time_point now) const {
  const std::chrono::duration<double> passed = now - asked_to_stop_at_;
  if (passed >= options_.drain_spread) return to_leave_;
  return static_cast<std::size_t>(static_cast<double>(to_leave_) *
                                  (passed / options_.drain_spread));
}

}  // namespace ws_demo
