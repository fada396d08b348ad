#include "net/connection.hpp"

#include "net/tcp_traffic.hpp"

#include <boost/asio/buffer.hpp>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <new>
#include <tuple>

namespace ws_demo {
namespace {

/// The kernel counts what has been read from a Unix-domain socket in blocks of at most this.
constexpr std::size_t unix_block_bytes = std::size_t{48} << 10;

}  // namespace

void connection::prepare(int socket, const options& limits) {
  const int no_delay = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof no_delay);
  const auto unsent = static_cast<unsigned>(limits.max_unsent_bytes);
  ::setsockopt(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
}

void connection::prepare_unix(int socket, const options& limits) {
  const auto half = static_cast<unsigned>(limits.max_unsent_bytes / 2);  // the kernel doubles it
  ::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &half, sizeof half);
}

connection::connection(stream_socket accepted, const remote_end& from, const options& limits,
                       memory_budget& memory)
    : limits_(limits),
      watch_(from.is_unix()),
      socket_(std::move(accepted)),
      from_(from),
      client_(from.address),
      peer_(to_string(from)),
      memory_(&memory, own_bytes) {
  error_code ignored;  // where the peer has gone already, the first read fails
  socket_.non_blocking(true, ignored);
}

void connection::set_client(const asio::ip::address& client) {
  if (client == client_) return;
  client_ = client;
  peer_ = to_string(from_);
  if (client != address()) peer_ = fmt::format("{} via={}", client.to_string(), peer_);
}

void connection::check_deadlines(steady_clock::time_point now) try {
  if (handler_) handler_->check(now);
  if (now >= deadline_ && !put_off_deadline()) {
    // Between two requests, the kernel may still be sending the last answer.
    if (!idle_ && unacknowledged_bytes(native_handle()) > 0) drop_unsent();
    abort();
  } else if (watch_.is_stuck(native_handle(), now, write_timeout())) {
    if (handler_) handler_->stuck();
    drop_unsent();
    abort();
  }
} catch (const std::bad_alloc&) {
  abort();
}

std::chrono::milliseconds connection::write_timeout() const {
  if (!from_.is_unix()) return limits_.write_timeout;
  return limits_.write_timeout +
         duration_cast<std::chrono::milliseconds>(time_for(unix_block_bytes));
}

connection::silence connection::silent_for(steady_clock::time_point now) {
  if (from_.is_unix()) {
    error_code ec;
    if (socket_.available(ec) > 0) return {};
    return {duration_cast<std::chrono::milliseconds>(now - received_at_), {}};
  }
  const auto last = traffic_of(native_handle());
  return last ? silence{last->since_received, last->since_acknowledged} : silence{};
}

bool connection::put_off_deadline() {
  if (handler_ || std::exchange(was_put_off_, true)) return false;
  const auto unsent = unacknowledged_bytes(native_handle());
  extend_deadline(unsent);
  return unsent > 0;
}

task<void> connection::wait_for_turn(round_robin& among) {
  const deadline_pause paused(*this);
  co_await among.async_turn(no_throw);
}

void connection::drop_unsent() {
  error_code ignored;
  socket_.set_option(stream_socket::linger(true, 0), ignored);
}

void connection::set_handler(handler* h) {
  handler_ = h;
  if (handler_ && shutting_down_) handler_->shut_down();
}

void connection::shut_down() try {
  shutting_down_ = true;
  if (handler_)
    handler_->shut_down();
  else if (idle_)
    abort();
} catch (const std::bad_alloc&) {
  abort();
}

void connection::give_up_memory() try {
  if (handler_) handler_->out_of_memory();
  abort();
} catch (const std::bad_alloc&) {
  abort();
}

void connection::cancel() {
  error_code ignored;
  socket_.cancel(ignored);
}

void connection::abort() {
  if (handler_) handler_->aborted();
  limit_silence(limits_.write_timeout);
  error_code ignored;
  socket_.close(ignored);
}

void connection::limit_silence(std::chrono::milliseconds most) {
  const auto milliseconds = static_cast<unsigned>(most.count());
  ::setsockopt(native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
}

task<void> connection::linger(std::chrono::milliseconds timeout) {
  set_deadline(timeout);
  if (const auto unsent = unacknowledged_bytes(native_handle())) {
    extend_deadline(unsent);
    // The peer may have sent FIN already, and then this ends before all is sent.
    limit_silence(duration_cast<std::chrono::milliseconds>(deadline_ - steady_clock::now()));
  }
  error_code ec;
  socket_.shutdown(stream_socket::shutdown_send, ec);
  std::array<char, 1024> unread;
  while (!ec) {
    const auto buffer = asio::buffer(unread);
    std::tie(ec, std::ignore) = co_await socket_.async_read_some(buffer, no_throw);
  }
}

}  // namespace ws_demo
