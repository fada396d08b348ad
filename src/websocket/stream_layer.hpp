#pragma once

// The layer below websocket::stream. Beast reads and checks the peer's frames through it, and
// writes next to nothing: what it does write, the answer to the opening handshake and pongs, goes
// into the send queue like everything else. Its close frames are dropped: whoever reads closes the
// send queue, which makes another.
//
// An idle peer costs no receive buffer. The layer waits until there is something to read, receives
// into memory that all peers share, and keeps what the stream has not asked for yet. So messages
// that come together cost one system call. Those who send much at once take turns, whatever it is:
// others need not wait behind all of it.
//
// The session owns it. Threads: the io_context's only.

#include "common/memory_budget.hpp"
#include "delivery/send_queue.hpp"
#include "net/asio.hpp"
#include "net/connection.hpp"
#include "net/round_robin.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/buffers_prefix.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/role.hpp>

#include <cstddef>
#include <string>
#include <tuple>
#include <utility>

namespace ws_demo {

class stream_layer {
 public:
  /// All outlive it.
  stream_layer(connection& below, send_queue& out, round_robin& long_work)
      : below_(below), out_(out), long_work_(long_work) {}
  ~stream_layer() { keep_ahead({}); }
  stream_layer(const stream_layer&) = delete;
  stream_layer& operator=(const stream_layer&) = delete;

  /// The handshake has been answered: what Beast writes from now on are frames.
  void set_opened() { opened_ = true; }

  // AsyncStream, for websocket::stream.
  using executor_type = executor;
  executor_type get_executor() { return below_.get_executor(); }

  /// What has been received ahead, and the budget to which that is charged.
  std::size_t held_bytes() const { return heap_bytes_of(ahead_); }
  memory_budget& memory() const { return below_.memory(); }

  /// Whether more can be read without waiting, as far as is known.
  bool may_have_data() const { return !ahead_.empty() || more_may_wait_; }

  /// Counts a step of reading: half a KiB of short frames, or what fits of a long one, or the
  /// answer to a ping, or what inflates. Whether it is the turn of others before the next.
  bool is_turn_over() { return !out_.aborted() && ++steps_ % steps_per_turn == 0; }
  /// Whether the connection is aborted. What is read next fails.
  bool is_aborted() const { return out_.aborted(); }

  /// Flushes the send queue before it waits for the peer.
  // NOLINTBEGIN(cppcoreguidelines-missing-std-forward): Asio takes a token by reference
  template <class Buffers, class Token>
  auto async_read_some(const Buffers& into, Token&& token) {
    return asio::async_compose<Token, void(error_code, std::size_t)>(reading<Buffers>{*this, into},
                                                                     token);
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& from, Token&& token) {
    queue_written(boost::beast::buffers_to_string(from));
    const auto done = [](auto handler, stream_layer* self, std::size_t size) {
      error_code ec;  // or Beast would answer all pings that have come
      if (self->is_aborted()) ec = asio::error::operation_aborted;
      self->go_on(boost::beast::bind_front_handler(std::move(handler), ec, size));
    };
    return asio::async_initiate<Token, void(error_code, std::size_t)>(done, token, this,
                                                                      asio::buffer_size(from));
  }
  // NOLINTEND(cppcoreguidelines-missing-std-forward)

 private:
  template <class Buffers>
  struct reading {
    stream_layer& layer;
    Buffers into;
    bool begun = false;

    template <class Self>
    void operator()(Self& self, error_code ec = {}) {
      std::size_t size = 0;
      if (!std::exchange(begun, true)) {
        if (layer.may_have_data()) {
          layer.go_on(std::move(self));
          return;
        }
        ec = asio::error::would_block;
      } else if (layer.out_.aborted()) {
        ec = asio::error::operation_aborted;
      } else if (!ec) {
        std::tie(ec, size) = layer.take(into);
      }
      if (ec == asio::error::would_block) {
        layer.out_.flush();
        if (layer.out_.aborted()) {  // by the flush: nothing would end the wait
          asio::post(layer.get_executor(), std::move(self));
          return;
        }
        layer.steps_ = 0;
        layer.below_.async_wait_readable(std::move(self));
      } else {
        self.complete(ec, size);
      }
    }
  };

  /// Has `next` called by a later turn of the loop, or, if the peer has sent much at once, when it
  /// is its turn.
  template <class Handler>
  void go_on(Handler next) {
    if (is_turn_over())
      long_work_.async_turn([next = std::move(next)](error_code) mutable { next(); });
    else
      asio::post(get_executor(), std::move(next));
  }
  template <class Buffers>
  std::pair<error_code, std::size_t> take(const Buffers& into) {
    if (!ahead_.empty()) {
      const std::size_t size = asio::buffer_copy(into, asio::buffer(ahead_) + taken_);
      taken_ += size;
      if (taken_ == ahead_.size()) keep_ahead({});
      return {{}, size};
    }
    if (asio::buffer_size(into) >= max_ahead_bytes) {
      const auto slice = boost::beast::buffers_prefix(max_receive_bytes, into);
      const auto [ec, size] = below_.try_receive(slice);
      more_may_wait_ = size == asio::buffer_size(slice);
      return {ec, size};
    }
    const auto shared = shared_memory();
    const auto [ec, received] = below_.try_receive(shared);
    more_may_wait_ = received == shared.size();
    const auto come = asio::buffer(shared, received);
    const std::size_t size = asio::buffer_copy(into, come);
    if (size < received) keep_ahead(come + size);
    return {ec, size};
  }
  static asio::mutable_buffer shared_memory();
  void keep_ahead(asio::const_buffer bytes);
  /// Queues what Beast writes.
  void queue_written(std::string bytes);

  static constexpr std::size_t max_ahead_bytes = std::size_t{16} << 10;
  /// Of what a receive takes: other peers wait meanwhile.
  static constexpr std::size_t max_receive_bytes = std::size_t{512} << 10;

  static constexpr unsigned steps_per_turn = 8;

  connection& below_;
  send_queue& out_;
  round_robin& long_work_;
  std::string ahead_;           // received before the stream has asked for it
  std::size_t taken_ = 0;       // bytes of ahead_ that the stream has since
  bool more_may_wait_ = false;  // the last receive filled its buffer
  bool opened_ = false;
  unsigned steps_ = 0;  // since it last waited for the peer
};

/// Beast's customization point for closing. Does nothing: the connection lingers afterwards, as an
/// HTTP connection does.
template <class Handler>
void async_teardown(boost::beast::role_type, stream_layer& layer, Handler&& handler) {
  asio::post(layer.get_executor(),
             boost::beast::bind_front_handler(std::forward<Handler>(handler), error_code{}));
}

/// Beast's customization point for its own time-outs, which are not used.
inline void beast_close_socket(stream_layer&) {}

}  // namespace ws_demo
