#include "ws_demo/sender.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/container/static_vector.hpp>

#include <algorithm>
#include <new>

namespace ws_demo {
namespace {

/// How much goes out in one system call, where several messages wait: what a socket takes, or they
/// would be made ready for nothing.
constexpr std::size_t most_bytes = std::size_t{256} << 10;
/// How many messages go out in one system call: Asio passes on 64 buffers at a time.
constexpr std::size_t most_frames = 32;
/// How much is encoded (compressed, at worst, which takes a millisecond for 16 KiB) before others
/// have their turn, but for the message that goes over it.
constexpr std::size_t most_encoded_bytes = std::size_t{32} << 10;

}  // namespace

void sender::send() try {
  if (waits_) return;
  error_code ec;
  std::size_t may_encode = most_encoded_bytes;
  while (!ec && !from_.messages().empty() && !from_.abandoned()) ec = send_some(may_encode);
  if (ec == asio::error::would_block)
    wait_for_socket();
  else if (ec)
    fail(ec);
} catch (const std::bad_alloc&) {  // which is no reason to fail others
  fail(asio::error::no_memory);
}

error_code sender::send_some(std::size_t& may_encode) {
  boost::container::static_vector<frame, most_frames> frames;
  boost::container::static_vector<asio::const_buffer, 2 * most_frames> parts;
  std::size_t begun = begun_bytes_;
  std::size_t bytes = 0;
  const auto add = [&](asio::const_buffer part) {
    const auto left = part + begun;
    begun -= part.size() - left.size();
    if (left.size() > 0) parts.push_back(left);
  };
  for (message& m : from_.messages()) {
    const bool was_encoded = m.encoded != nullptr;
    const frame& f = frames.emplace_back(frame_of_(m));
    if (m.encoded && !was_encoded) may_encode -= std::min(may_encode, m.bytes().size());
    add(asio::buffer(f.head, f.head_bytes));
    add(asio::buffer(f.body));
    bytes += f.size();
    if (frames.size() == most_frames || bytes >= most_bytes || may_encode == 0) break;
  }

  const auto [ec, sent] = to_.send_now(parts);
  begun_bytes_ += sent;
  for (const frame& f : frames) {
    if (begun_bytes_ < f.size()) return ec ? ec : asio::error::would_block;
    begun_bytes_ -= f.size();
    from_.pop();
  }
  const bool is_enough = may_encode == 0 && !from_.messages().empty();
  return is_enough ? asio::error::would_block : ec;
}

void sender::wait_for_socket() {
  waits_ = std::make_shared<sender*>(this);
  to_.async_wait_writable([waiting = std::weak_ptr(waits_)](error_code ec) {
    const auto still = waiting.lock();
    if (!still) return;
    sender& self = **still;
    self.waits_.reset();
    if (ec)
      self.fail(ec);
    else
      self.from_.flush();
  });
}

void sender::fail(error_code ec) {
  from_.abandon();
  from_.close_in_answer({boost::beast::websocket::close_code::abnormal, ec.message()});
  to_.cancel();
}

}  // namespace ws_demo
