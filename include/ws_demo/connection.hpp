#pragma once

// One accepted TCP connection, from accept to the end: its socket, its time-outs, how it is asked
// to go.
//
// The server's coroutine for the connection owns it; it is linked into the server's list for as
// long as it lives. Threads: the io_context's only.

#include "ws_demo/net.hpp"
#include "ws_demo/options.hpp"
#include "ws_demo/outbox.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/intrusive/list.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace ws_demo {

class connection : public boost::intrusive::list_base_hook<
                       boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  /// Has the kernel keep options::write_timeout (RFC 5482) and fail everything under way when it is
  /// over, which takes no timer and no memory here; and what is sent leaves at once.
  /// @param socket a connection's, or one that listens: connections inherit it from there, but for
  /// those that wait to be accepted already.
  static void prepare(int socket, const options& limits);

  /// @param limits outlives the connection.
  /// @param during_drain whether the server was to stop already when it was accepted.
  connection(tcp_socket accepted, const tcp::endpoint& from, const options& limits,
             bool during_drain);

  /// "127.0.0.1:50412", for the log.
  const std::string& peer() const { return peer_; }
  const asio::ip::address& address() const { return address_; }

  /// The server closes the socket once this much time has passed, whatever is going on. A new call
  /// replaces the last one.
  void must_progress_within(std::chrono::milliseconds time) {
    deadline_ = steady_clock::now() + time;
  }
  void may_take_its_time() { deadline_ = steady_clock::time_point::max(); }

  /// Ends the connection if it is over time. The server calls this a few times a second.
  void keep_time(steady_clock::time_point now);
  /// When it did so last.
  steady_clock::time_point looked_at() const { return looked_at_; }

  /// Asks the connection to end by itself: a peer is told why, an HTTP connection is closed once it
  /// owes no answer.
  void leave(const close_reason& why);
  bool leaving() const { return leaving_.has_value(); }
  /// It came to hear an answer, so that it is not asked to leave before it has that.
  bool came_during_drain() const { return came_during_drain_; }

  /// Fails what is under way on the socket, which stays open.
  void cancel();
  /// Ends it now.
  void cut();

  /// Between requests: leave() may close it at any time.
  void set_idle(bool idle) { idle_ = idle; }
  /// Who says something sooner or later, if only that it lives, and who never does (Server-Sent
  /// Events), of whom the kernel knows whether what was sent has arrived.
  enum class manner : std::uint8_t { answers, listens };
  /// A peer from now on (null: no longer), which leaves through its outbox, and is gone if nothing
  /// comes from it for options::idle_timeout. It is sent a ping at half of that: one that answers,
  /// where it has been silent; one that only listens, each time.
  void set_outbox(outbox* box, manner way);

  /// Says "that was all" and waits until the peer hangs up too, at most `time`. Closing at once
  /// while bytes of the peer are unread would reset the connection, and the peer could lose what
  /// it was told last.
  task<void> linger(std::chrono::milliseconds time);

  // What Beast's HTTP asks of a stream (AsyncStream).
  using executor_type = executor;
  executor_type get_executor() { return socket_.get_executor(); }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& into, Token&& token) {
    return socket_.async_read_some(into, std::forward<Token>(token));
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& from, Token&& token) {
    return socket_.async_write_some(from, std::forward<Token>(token));
  }

  /// Sends or receives as much as is possible without waiting; asio::error::would_block where that
  /// is nothing.
  template <class Buffers>
  std::pair<error_code, std::size_t> send_now(const Buffers& from) {
    error_code ec;
    const std::size_t sent = socket_.send(from, 0, ec);
    return {ec, sent};
  }
  template <class Buffers>
  std::pair<error_code, std::size_t> receive_now(const Buffers& into) {
    error_code ec;
    const std::size_t received = socket_.receive(into, 0, ec);
    return {ec, received};
  }
  /// Waits until it is worth trying again.
  template <class Token>
  auto async_wait_readable(Token&& token) {
    return socket_.async_wait(tcp_socket::wait_read, std::forward<Token>(token));
  }
  template <class Token>
  auto async_wait_writable(Token&& token) {
    return socket_.async_wait(tcp_socket::wait_write, std::forward<Token>(token));
  }

 private:
  void keep_peer_time(steady_clock::time_point now);
  /// For how long nothing at all has come from the peer.
  std::chrono::milliseconds silence();

  const options& limits_;
  tcp_socket socket_;
  asio::ip::address address_;
  std::string peer_;
  steady_clock::time_point deadline_ = steady_clock::time_point::max();
  steady_clock::time_point looked_at_ = steady_clock::now();
  steady_clock::time_point look_again_at_ = steady_clock::time_point::max();
  bool pinged_ = false;
  bool came_during_drain_;
  outbox* outbox_ = nullptr;
  manner manner_ = manner::answers;
  bool idle_ = true;
  std::optional<close_reason> leaving_;
};

}  // namespace ws_demo
