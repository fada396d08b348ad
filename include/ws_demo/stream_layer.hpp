#pragma once

// What is below websocket::stream, which reads the peer's frames and judges them, and writes next
// to nothing: everything that goes out goes through the outbox. What Beast does write (the answer
// to the opening handshake, and pongs) is put in there. The close frames that it makes are dropped:
// who reads closes the outbox, which makes another.
//
// A peer that waits costs no memory for what it may say. What comes is received into memory that
// all share, as much as there is, and what the stream has not asked for yet is kept until it does:
// so messages that come together cost one system call.
//
// The peer owns it. Threads: the io_context's only.

#include "ws_demo/connection.hpp"
#include "ws_demo/net.hpp"
#include "ws_demo/outbox.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/role.hpp>

#include <cstddef>
#include <string>
#include <tuple>
#include <utility>

namespace ws_demo {

class stream_layer {
 public:
  /// Both outlive it.
  stream_layer(connection& below, outbox& out) : below_(below), out_(out) {}
  stream_layer(const stream_layer&) = delete;
  stream_layer& operator=(const stream_layer&) = delete;

  /// The handshake has been answered: frames from now on.
  void opened() { opened_ = true; }

  // What websocket::stream asks of the layer below it (Beast's AsyncStream).
  using executor_type = executor;
  executor_type get_executor() { return below_.get_executor(); }

  /// Before it waits for the peer, the peer is sent what waits for it.
  // NOLINTBEGIN(cppcoreguidelines-missing-std-forward): Asio takes a token by reference
  template <class Buffers, class Token>
  auto async_read_some(const Buffers& into, Token&& token) {
    return asio::async_compose<Token, void(error_code, std::size_t)>(reading<Buffers>{*this, into},
                                                                     token);
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& from, Token&& token) {
    take_written(boost::beast::buffers_to_string(from));
    const auto done = [](auto handler, const executor& on, std::size_t size) {
      asio::post(on, boost::beast::bind_front_handler(std::move(handler), error_code{}, size));
    };
    return asio::async_initiate<Token, void(error_code, std::size_t)>(done, token, get_executor(),
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
        if (layer.probably_has_some()) {
          asio::post(layer.get_executor(), std::move(self));
          return;
        }
        ec = asio::error::would_block;
      } else if (!ec) {
        std::tie(ec, size) = layer.take(into);
      }
      if (ec == asio::error::would_block) {
        layer.out_.flush();
        layer.below_.async_wait_readable(std::move(self));
      } else {
        self.complete(ec, size);
      }
    }
  };

  bool probably_has_some() const { return !ahead_.empty() || more_may_wait_; }
  template <class Buffers>
  std::pair<error_code, std::size_t> take(const Buffers& into) {
    if (!ahead_.empty()) {
      const std::size_t size = asio::buffer_copy(into, asio::buffer(ahead_) + taken_);
      taken_ += size;
      if (taken_ == ahead_.size()) keep_ahead({});
      return {{}, size};
    }
    if (asio::buffer_size(into) >= most_ahead_bytes) {
      const auto [ec, size] = below_.receive_now(into);
      more_may_wait_ = size == asio::buffer_size(into);
      return {ec, size};
    }
    const auto shared = shared_memory();
    const auto [ec, received] = below_.receive_now(shared);
    more_may_wait_ = received == shared.size();
    const auto come = asio::buffer(shared, received);
    const std::size_t size = asio::buffer_copy(into, come);
    if (size < received) keep_ahead(come + size);
    return {ec, size};
  }
  static asio::mutable_buffer shared_memory();
  void keep_ahead(asio::const_buffer bytes);
  /// Takes what Beast writes.
  void take_written(std::string bytes);

  static constexpr std::size_t most_ahead_bytes = std::size_t{16} << 10;

  connection& below_;
  outbox& out_;
  std::string ahead_;           // what was received before the stream has asked for it
  std::size_t taken_ = 0;       // of that
  bool more_may_wait_ = false;  // the last time, as much came as there was room for
  bool opened_ = false;
};

/// Beast's hook for the end of a WebSocket. It does nothing: the connection lingers afterwards, as
/// an HTTP connection does.
template <class Handler>
void async_teardown(boost::beast::role_type, stream_layer& layer, Handler&& handler) {
  asio::post(layer.get_executor(),
             boost::beast::bind_front_handler(std::forward<Handler>(handler), error_code{}));
}

/// Beast's hook for a WebSocket that its own time-out ends: there is none.
inline void beast_close_socket(stream_layer&) {}

}  // namespace ws_demo
