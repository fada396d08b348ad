#include "ws_demo/connection.hpp"

#include "ws_demo/text.hpp"

#include <boost/asio/buffer.hpp>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <tuple>

namespace ws_demo {

connection::connection(tcp_socket accepted, std::chrono::milliseconds write_timeout)
    : socket_(std::move(accepted)) {
  error_code ignored;  // the peer may be gone already; the first read will say so
  socket_.set_option(tcp::no_delay(true), ignored);
  const auto milliseconds = static_cast<unsigned>(write_timeout.count());
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds,
               sizeof milliseconds);
  const auto endpoint = socket_.remote_endpoint(ignored);
  address_ = endpoint.address();
  peer_ = to_string(endpoint);
}

void connection::leave(const close_reason& why) {
  leaving_ = why;
  if (outbox_)
    outbox_->close(why);
  else if (idle_)
    cut();
}

void connection::set_outbox(outbox* box) {
  outbox_ = box;
  if (outbox_ && leaving_) outbox_->close(*leaving_);
}

void connection::cancel() {
  error_code ignored;
  socket_.cancel(ignored);
}

void connection::cut() {
  if (outbox_) outbox_->abandon();
  error_code ignored;
  socket_.close(ignored);
}

task<void> connection::linger(std::chrono::milliseconds time) {
  must_progress_within(time);
  error_code ec;
  socket_.shutdown(tcp_socket::shutdown_send, ec);
  std::array<char, 1024> unread;
  while (!ec) {
    const auto buffer = asio::buffer(unread);
    std::tie(ec, std::ignore) = co_await socket_.async_read_some(buffer, no_throw);
  }
}

}  // namespace ws_demo
