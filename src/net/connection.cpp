#include "net/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <tuple>

namespace ws_demo {

void connection::prepare(int socket, const options& limits) {
  const int no_delay = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof no_delay);
  const auto milliseconds = static_cast<unsigned>(limits.write_timeout.count());
  ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
}

connection::connection(tcp_socket accepted, const tcp::endpoint& from)
    : socket_(std::move(accepted)), address_(from.address()), peer_(to_string(from)) {
  error_code ignored;  // where the peer has gone already, the first read fails
  socket_.non_blocking(true, ignored);
}

void connection::check_deadlines(steady_clock::time_point now) {
  checked_at_ = now;
  if (handler_) handler_->check(now);
  if (now >= deadline_) abort();
}

void connection::set_handler(handler* h) {
  handler_ = h;
  if (handler_ && shutting_down_) handler_->shut_down();
}

void connection::shut_down() {
  shutting_down_ = true;
  if (handler_)
    handler_->shut_down();
  else if (idle_)
    abort();
}

void connection::cancel() {
  error_code ignored;
  socket_.cancel(ignored);
}

void connection::abort() {
  if (handler_) handler_->aborted();
  error_code ignored;
  socket_.close(ignored);
}

std::optional<connection::activity> connection::last_activity() {
  tcp_info info{};
  socklen_t size = sizeof info;
  int unacknowledged_bytes = 0;
  const int socket = socket_.native_handle();
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): ioctl is declared so
  if (::ioctl(socket, TIOCOUTQ, &unacknowledged_bytes) != 0) return std::nullopt;
  return activity{std::chrono::milliseconds(info.tcpi_last_data_recv),
                  std::chrono::milliseconds(info.tcpi_last_ack_recv), unacknowledged_bytes > 0};
}

task<void> connection::linger(std::chrono::milliseconds timeout) {
  set_deadline(timeout);
  error_code ec;
  socket_.shutdown(tcp_socket::shutdown_send, ec);
  std::array<char, 1024> unread;
  while (!ec) {
    const auto buffer = asio::buffer(unread);
    std::tie(ec, std::ignore) = co_await socket_.async_read_some(buffer, no_throw);
  }
}

}  // namespace ws_demo
