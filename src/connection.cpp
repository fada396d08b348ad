#include "ws_demo/connection.hpp"

#include "ws_demo/text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <tuple>

namespace ws_demo {

using boost::beast::websocket::close_code;

void connection::prepare(int socket, const options& limits) {
  const int at_once = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
  const auto milliseconds = static_cast<unsigned>(limits.write_timeout.count());
  ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
}

connection::connection(tcp_socket accepted, const tcp::endpoint& from, const options& limits,
                       bool during_drain)
    : limits_(limits),
      socket_(std::move(accepted)),
      address_(from.address()),
      peer_(to_string(from)),
      came_during_drain_(during_drain) {
  error_code ignored;  // the peer may be gone already; the first read will say so
  socket_.non_blocking(true, ignored);
}

void connection::keep_time(steady_clock::time_point now) {
  looked_at_ = now;
  if (outbox_) keep_peer_time(now);
  if (now >= deadline_) cut();
}

void connection::keep_peer_time(steady_clock::time_point now) {
  if (outbox_->closed() && !leaving_ && deadline_ == steady_clock::time_point::max())
    must_progress_within(limits_.close_timeout);
  if (now < look_again_at_) return;
  const auto half = limits_.idle_timeout / 2;
  const auto silent_for = silence();
  if (silent_for < half && manner_ == manner::answers) {
    pinged_ = false;
    look_again_at_ = now + half - silent_for;
  } else if (!pinged_ || silent_for < limits_.idle_timeout) {
    pinged_ = true;
    look_again_at_ = now + half;
    outbox_->push_ping();
  } else {
    outbox_->close_in_answer({close_code::abnormal, "nothing came back"});
    cut();
  }
}

std::chrono::milliseconds connection::silence() {
  tcp_info info{};
  socklen_t size = sizeof info;
  int unsent_bytes = 0;
  const int socket = socket_.native_handle();
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return {};
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): that is how ioctl is declared
  if (::ioctl(socket, TIOCOUTQ, &unsent_bytes) != 0) return {};
  auto milliseconds = info.tcpi_last_data_recv;
  // Where it still has to take what it was sent, a ping would only come behind that.
  if (unsent_bytes > 0 || manner_ == manner::listens)
    milliseconds = std::min(milliseconds, info.tcpi_last_ack_recv);
  return std::chrono::milliseconds(milliseconds);
}

void connection::leave(const close_reason& why) {
  leaving_ = why;
  if (outbox_)
    outbox_->close(why);
  else if (idle_)
    cut();
}

void connection::set_outbox(outbox* box, manner way) {
  outbox_ = box;
  manner_ = way;
  look_again_at_ = steady_clock::now() + limits_.idle_timeout / 2;
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
