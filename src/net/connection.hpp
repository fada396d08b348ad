#pragma once

// One accepted connection, from accept to close: its socket, its deadline, and how it is shut
// down.
//
// The server's coroutine for the connection owns it; it is linked into the server's list for as
// long as it lives. Threads: the io_context's only.

#include "common/memory_budget.hpp"
#include "net/asio.hpp"
#include "net/remote_end.hpp"
#include "net/round_robin.hpp"
#include "net/write_watch.hpp"
#include "ws_demo/options.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/intrusive/list.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
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
    /// Bytes that wait to be sent, or have come in part.
    virtual std::size_t held_bytes() const = 0;
    /// The connection is about to be aborted because it holds much and memory is short.
    virtual void out_of_memory() = 0;

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
  /// Sets the send buffer of a Unix-domain socket to as much (socket(7), SO_SNDBUF). Nothing is
  /// inherited.
  static void prepare_unix(int socket, const options& limits);

  /// @param memory to which what the connection takes is charged. It and limits outlive the
  /// connection.
  connection(stream_socket accepted, const remote_end& from, const options& limits,
             memory_budget& memory);

  /// Who is served, for the log: "127.0.0.1:50412", or, through a proxy, the client and the proxy's
  /// connection: "203.0.113.7 via=127.0.0.1:50412".
  const std::string& peer() const { return peer_; }
  /// Its address; unspecified where it has none (net/remote_end.hpp).
  const asio::ip::address& client() const { return client_; }
  /// Says who that is from now on. Until then, and for its own address, it is the other end.
  void set_client(const asio::ip::address& client);
  /// Of the other end.
  const asio::ip::address& address() const { return from_.address; }

  /// Sets the deadline to this much from now: when it passes, the connection is aborted. Replaces
  /// the last one. Without a handler it is put off once, when it passes, by the time in which the
  /// peer takes what the kernel still has for it at the least rate.
  void set_deadline(std::chrono::milliseconds from_now) {
    deadline_ = steady_clock::now() + from_now;
    was_put_off_ = false;
  }
  /// Puts the deadline off by the time in which this many bytes move at the least rate
  /// (options::min_bytes_per_second): for what has moved, or what is still to.
  void extend_deadline(std::size_t bytes) { deadline_ += time_for(bytes); }
  /// While it lives, the deadline does not run. There must be one.
  class deadline_pause {
   public:
    /// @param c outlives it, and is given no other deadline meanwhile.
    explicit deadline_pause(connection& c)
        : link_(c), deadline_(std::exchange(c.deadline_, steady_clock::time_point::max())) {}
    ~deadline_pause() { link_.deadline_ = deadline_ + (steady_clock::now() - began_); }
    deadline_pause(const deadline_pause&) = delete;
    deadline_pause& operator=(const deadline_pause&) = delete;

   private:
    connection& link_;
    const steady_clock::time_point deadline_;
    const steady_clock::time_point began_ = steady_clock::now();
  };
  /// Waits for its turn, with a deadline_pause.
  task<void> wait_for_turn(round_robin& among);
  void clear_deadline() { deadline_ = steady_clock::time_point::max(); }
  bool has_deadline() const { return deadline_ != steady_clock::time_point::max(); }

  /// Aborts the connection, and drops what the peer has not taken, if its deadline has passed, if
  /// the peer has taken nothing for options::write_timeout, or without the memory to check it. The
  /// server calls this a few times a second.
  void check_deadlines(steady_clock::time_point now);

  /// Registers the protocol that has taken the connection over, or, with null, none. It is shut
  /// down at once if the connection has been asked to shut down before.
  /// @param h outlives its registration.
  void set_handler(handler* h);
  /// Between two HTTP requests, when shut_down() may close the connection at any time.
  void set_idle(bool idle) { idle_ = idle; }

  /// Which of the visits of its list it had last.
  std::uint64_t last_visit() const { return last_visit_; }
  void set_last_visit(std::uint64_t number) { last_visit_ = number; }

  /// Ends the connection in good order: its handler is told, or, without one, it closes when no
  /// request is being answered.
  void shut_down();
  bool shutting_down() const { return shutting_down_; }

  /// What is charged besides the connection itself for requests and answers.
  void set_request_bytes(std::size_t bytes) { memory_.set(own_bytes + bytes); }
  /// What would be free without the connection, but for what every connection takes.
  std::size_t held_bytes() const {
    return memory_.bytes() - own_bytes + (handler_ ? handler_->held_bytes() : 0);
  }
  memory_budget& memory() const { return *memory_.budget(); }
  /// Aborts the connection, which holds much, because memory is short.
  void give_up_memory();

  /// Fails the operations under way with operation_aborted. The socket stays open.
  void cancel();
  /// Closes the socket now. Operations under way fail. The kernel still sends what was written, but
  /// gives up where the peer takes nothing for options::write_timeout.
  void abort();
  bool is_open() const { return socket_.is_open(); }

  /// For what the kernel knows about it (net/tcp_traffic.hpp).
  int native_handle() { return socket_.native_handle(); }

  /// For how long the peer has shown no sign of life.
  struct silence {
    std::chrono::milliseconds since_received;      // since it last sent data
    std::chrono::milliseconds since_acknowledged;  // since its kernel last acknowledged some
  };
  /// Over a Unix-domain socket the first counts from the last try_receive(), and the second is 0:
  /// the other process is there while the connection is open, and whether it takes what it is sent
  /// is seen by check_deadlines().
  silence silent_for(steady_clock::time_point now);

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
    watch_.wrote(asio::buffer_size(from));
    return socket_.async_write_some(from, std::forward<Token>(token));
  }

  /// Sends or receives what is possible without waiting; would_block where that is nothing.
  template <class Buffers>
  std::pair<error_code, std::size_t> try_send(const Buffers& from) {
    error_code ec;
    const std::size_t sent = socket_.send(from, 0, ec);
    if (sent > 0) watch_.wrote(sent);
    return {ec, sent};
  }
  template <class Buffers>
  std::pair<error_code, std::size_t> try_receive(const Buffers& into) {
    error_code ec;
    const std::size_t received = socket_.receive(into, 0, ec);
    if (from_.is_unix() && received > 0) received_at_ = steady_clock::now();
    return {ec, received};
  }
  template <class Token>
  auto async_wait_readable(Token&& token) {
    return socket_.async_wait(stream_socket::wait_read, std::forward<Token>(token));
  }
  template <class Token>
  auto async_wait_writable(Token&& token) {
    return socket_.async_wait(stream_socket::wait_write, std::forward<Token>(token));
  }

 private:
  /// What a connection takes that nobody has sent anything on, or to.
  static constexpr std::size_t own_bytes = 5632;

  steady_clock::duration time_for(std::size_t bytes) const {
    return std::chrono::nanoseconds(std::chrono::seconds(1)) * bytes / limits_.min_bytes_per_second;
  }
  /// options::write_timeout, and what one block takes where progress is seen by blocks.
  std::chrono::milliseconds write_timeout() const;
  /// Puts a deadline that has passed off, once, where the peer may still be taking an answer.
  bool put_off_deadline();
  /// From now on, closing the socket sends RST, and drops what the peer has not taken. That of a
  /// Unix-domain socket is the peer's already.
  void drop_unsent();
  /// Has the kernel end the connection, also one that is closed here, when the peer has taken
  /// nothing for this long (TCP_USER_TIMEOUT, RFC 5482). Nothing is left to do for the kernel after
  /// the close of a Unix-domain socket.
  void limit_silence(std::chrono::milliseconds most);

  const options& limits_;
  write_watch watch_;  // beside the socket, because each write uses both
  stream_socket socket_;
  const remote_end from_;
  asio::ip::address client_;
  std::string peer_;
  steady_clock::time_point deadline_ = steady_clock::time_point::max();
  steady_clock::time_point received_at_ = steady_clock::now();  // kept where the kernel does not
  handler* handler_ = nullptr;
  memory_charge memory_;
  bool was_put_off_ = false;
  bool idle_ = true;
  bool shutting_down_ = false;
  std::uint64_t last_visit_ = 0;
};

}  // namespace ws_demo
