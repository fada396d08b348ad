#include "ws_demo/server.hpp"

#include "ws_demo/text.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <spdlog/spdlog.h>

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
  const auto shortest = std::min({o.handshake_timeout, o.keep_alive_timeout, o.close_timeout});
  return std::clamp(shortest / 10, 10ms, 500ms);
}

}  // namespace

server::server(asio::io_context& io, const options& o)
    : io_(io), options_(o), site_(o), acceptor_(io.get_executor()), alarm_(io.get_executor()) {
  const tcp::endpoint wanted(o.host, o.port);
  try {
    acceptor_.open(wanted.protocol());
    acceptor_.set_option(tcp_acceptor::reuse_address(true));
    acceptor_.bind(wanted);
    acceptor_.listen();
    endpoint_ = acceptor_.local_endpoint();
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error("cannot listen on " + to_string(wanted) + ": " +
                             error.code().message());
  }
}

task<void> server::run() {
  using namespace asio::experimental::awaitable_operators;
  auto both = accept_connections() && keep_time();
  co_await std::move(both);
}

void server::stop() {
  if (stopping_) return;
  stopping_ = true;
  cut_all_at_ = steady_clock::now() + options_.shutdown_timeout;
  error_code ignored;
  acceptor_.close(ignored);
  const close_reason why{boost::beast::websocket::close_code::going_away,
                         "server is shutting down"};
  for (auto& c : connections_) c.leave(why);
  alarm_.cancel();
}

task<void> server::accept_connections() {
  timer pause(io_.get_executor());
  bool was_exhausted = false;
  while (!stopping_) {
    auto [ec, socket] = co_await acceptor_.async_accept(no_throw);
    if (stopping_) co_return;
    if (exhausted(ec)) {
      if (!was_exhausted) spdlog::error("cannot accept: {}; waiting", ec.message());
      was_exhausted = true;
      pause.expires_after(100ms);
      co_await pause.async_wait(no_throw);
    } else if (!ec) {
      if (was_exhausted) spdlog::info("accepting again");
      was_exhausted = false;
      asio::co_spawn(io_, serve_connection(std::move(socket)),
                     [this](const std::exception_ptr& failure) { connection_ended(failure); });
    }  // else that one was gone before it was accepted
  }
}

task<void> server::serve_connection(tcp_socket socket) {
  if (stopping_) co_return;  // accepted just before the stop, which has not seen it
  connection c(std::move(socket), options_.write_timeout);
  connections_.push_back(c);
  co_await serve(c, site_);
}

void server::connection_ended(const std::exception_ptr& failure) {
  if (stopping_) alarm_.cancel();
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    spdlog::error("connection failed: {}", error.what());
  }
}

/// Cuts the connections whose deadline has passed, and all of them when a stop has waited enough.
/// One pass a period over all is cheaper than a timer in each, of which nearly none ever expires.
task<void> server::keep_time() {
  const auto period = period_of(options_);
  while (!stopping_ || !connections_.empty()) {
    auto now = steady_clock::now();
    const auto next = now + period;
    alarm_.expires_at(now < cut_all_at_ ? std::min(next, cut_all_at_) : next);
    co_await alarm_.async_wait(no_throw);
    now = steady_clock::now();
    site_.refused.tell();
    for (auto& c : connections_)
      if (c.overdue(now) || now >= cut_all_at_) c.cut();
  }
}

}  // namespace ws_demo
