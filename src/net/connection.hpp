#pragma once

// One accepted TCP connection, from accept to close: its socket, its deadline, and how it is shut
// down.
//
// The server's coroutine for the connection owns it; it is linked into the server's list for as
// long as it lives. Threads: the io_context's only.

#include "net/asio.hpp"
#include "net/write_watch.hpp"
#include "ws_demo/options.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/intrusive/list.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

namespace ws_demo {

class connection : public boost::intrusive::list_base_hook<
                       boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  /// What a long-lived protocol on the connection (WebSocket, Server-Sent Events) is told.
  class handler {
   public:
    /// Called a few times a second, for time-outs of the protocol's own.
    virtual void check(steady_clock::time_point now) = 0;
    /// The server shuts down: say so to the peer, and end.
    virtual void shut_down() = 0;
    /// The peer has taken nothing for options::write_timeout. The connection is aborted next.
    virtual void stuck() = 0;
    /// The connection is over: nothing can be sent any more.
    virtual void aborted() = 0;

   protected:
    handler() = default;
    handler(const handler&) = default;
    handler& operator=(const handler&) = default;
    ~handler() = default;
  };

  /// Sets TCP_NODELAY, and TCP_NOTSENT_LOWAT to options::max_unsent_bytes: the kernel takes no more
  /// for a peer that does not read, and as much as ever for one that does.
  /// @param socket a connection, or a listener from which connections inherit both; those that wait
  /// to be accepted already do not.
  static void prepare(int socket, const options& limits);

  /// @param limits outlives it.
  connection(tcp_socket accepted, const tcp::endpoint& from, const options& limits);

  /// "127.0.0.1:50412", for the log.
  const std::string& peer() const { return peer_; }
  const asio::ip::address& address() const { return address_; }

  /// Sets the deadline to this much from now: when it passes, the connection is aborted. Replaces
  /// the last one.
  void set_deadline(std::chrono::milliseconds from_now) {
    deadline_ = steady_clock::now() + from_now;
  }
  /// Puts the deadline off by the time in which this many bytes move at the least rate
  /// (options::min_bytes_per_second): for what has moved, or what is still to.
  void extend_deadline(std::size_t bytes) { deadline_ += time_for(bytes); }
  void clear_deadline() { deadline_ = steady_clock::time_point::max(); }
  bool has_deadline() const { return deadline_ != steady_clock::time_point::max(); }

  /// Aborts the connection, and drops what the peer has not taken, if its deadline has passed, or
  /// if the peer has taken nothing for options::write_timeout. The server calls this a few times a
  /// second.
  void check_deadlines(steady_clock::time_point now);
  /// When it did so last.
  steady_clock::time_point checked_at() const { return checked_at_; }

  /// Registers the protocol that has taken the connection over, or, with null, none. It is shut
  /// down at once if the connection has been asked to shut down before.
  /// @param h outlives its registration.
  void set_handler(handler* h);
  /// Between two HTTP requests, when shut_down() may close the connection at any time.
  void set_idle(bool idle) { idle_ = idle; }

  /// Ends the connection in good order: its handler is told, or, without one, it closes when no
  /// request is being answered.
  void shut_down();
  bool shutting_down() const { return shutting_down_; }

  /// Fails the operations under way with operation_aborted. The socket stays open.
  void cancel();
  /// Closes the socket now. Operations under way fail. The kernel still sends what was written, but
  /// gives up where the peer takes nothing for options::write_timeout.
  void abort();
  bool is_open() const { return socket_.is_open(); }

  /// For what the kernel knows about it (net/tcp_traffic.hpp).
  int native_handle() { return socket_.native_handle(); }

  /// Sends FIN and reads on until the peer closes too, at most `timeout` and the time in which it
  /// takes what was written at the least rate. Closing at once while data of the peer is unread
  /// would send RST, which can overtake what was sent last.
  task<void> linger(std::chrono::milliseconds timeout);

  // AsyncReadStream and AsyncWriteStream, for Beast's HTTP.
  using executor_type = executor;
  executor_type get_executor() { return socket_.get_executor(); }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& into, Token&& token) {
    return socket_.async_read_some(into, std::forward<Token>(token));
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& from, Token&& token) {
    watch_.wrote();
    return socket_.async_write_some(from, std::forward<Token>(token));
  }

  /// Sends or receives what is possible without waiting; would_block where that is nothing.
  template <class Buffers>
  std::pair<error_code, std::size_t> try_send(const Buffers& from) {
    watch_.wrote();
    error_code ec;
    const std::size_t sent = socket_.send(from, 0, ec);
    return {ec, sent};
  }
  template <class Buffers>
  std::pair<error_code, std::size_t> try_receive(const Buffers& into) {
    error_code ec;
    const std::size_t received = socket_.receive(into, 0, ec);
    return {ec, received};
  }
  template <class Token>
  auto async_wait_readable(Token&& token) {
    return socket_.async_wait(tcp_socket::wait_read, std::forward<Token>(token));
  }
  template <class Token>
  auto async_wait_writable(Token&& token) {
    return socket_.async_wait(tcp_socket::wait_write, std::forward<Token>(token));
  }

 private:
  steady_clock::duration time_for(std::size_t bytes) const {
    return std::chrono::nanoseconds(std::chrono::seconds(1)) * bytes / limits_.min_bytes_per_second;
  }
  /// From now on, closing the socket sends RST, and drops what the peer has not taken.
  void drop_unsent();
  /// Has the kernel end the connection, also one that is closed here, when the peer has taken
  /// nothing for this long (TCP_USER_TIMEOUT, RFC 5482).
  void limit_silence(std::chrono::milliseconds most);

  const options& limits_;
  write_watch watch_;  // beside the socket, because each write uses both
  tcp_socket socket_;
  asio::ip::address address_;
  std::string peer_;
  steady_clock::time_point deadline_ = steady_clock::time_point::max();
  steady_clock::time_point checked_at_ = steady_clock::now();
  handler* handler_ = nullptr;
  bool idle_ = true;
  bool shutting_down_ = false;
};

}  // namespace ws_demo
