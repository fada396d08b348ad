#include "delivery/frame_writer.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/container/static_vector.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <new>

namespace ws_demo {
namespace {

/// Limits of one system call: about what a socket takes, so that no frame is made for nothing; and
/// as many as Asio passes on (64 buffers).
constexpr std::size_t max_bytes = std::size_t{256} << 10;
constexpr std::size_t max_frames = 32;
/// Output up to this size is copied into one buffer: for the kernel, that is cheaper than several.
constexpr std::size_t max_copied_bytes = 512;

}  // namespace

void frame_writer::write() try {
  if (waiting_) return;
  error_code ec;
  while (!ec && !from_.empty() && !from_.aborted()) ec = write_some();
  if (ec == asio::error::would_block)
    wait_for_socket();
  else if (ec)
    fail(ec);
} catch (const std::bad_alloc&) {  // ends this peer and no other
  fail(asio::error::no_memory);
}

error_code frame_writer::write_some() {
  boost::container::static_vector<frame, max_frames> frames;
  boost::container::static_vector<asio::const_buffer, 2 * max_frames> buffers;
  std::size_t to_skip = written_bytes_;
  std::size_t bytes = 0;
  const auto add = [&](asio::const_buffer part) {
    const auto left = part + to_skip;
    to_skip -= part.size() - left.size();
    if (left.size() > 0) buffers.push_back(left);
  };
  for (const message& m : from_) {
    const frame& f = frames.emplace_back(framing_(m));
    if (!f.is_ready) {
      frames.pop_back();
      break;
    }
    add(asio::buffer(f.head, f.head_bytes));
    add(asio::buffer(f.body));
    bytes += f.size();
    if (frames.size() == max_frames || bytes >= max_bytes) break;
  }
  if (frames.empty()) return asio::error::would_block;  // until the next turn of the loop

  std::array<std::byte, max_copied_bytes> copy;  // NOLINT(*-member-init): written before it is read
  const auto [ec, written] =
      bytes <= copy.size()
          ? to_.try_send(asio::buffer(copy, asio::buffer_copy(asio::buffer(copy), buffers)))
          : to_.try_send(buffers);
  written_bytes_ += written;
  for (const frame& f : frames) {
    if (written_bytes_ < f.size()) return ec ? ec : asio::error::would_block;
    written_bytes_ -= f.size();
    from_.pop();
  }
  return ec;
}

void frame_writer::wait_for_socket() {
  waiting_ = std::make_shared<frame_writer*>(this);
  to_.async_wait_writable([weak = std::weak_ptr(waiting_)](error_code ec) {
    const auto alive = weak.lock();
    if (!alive) return;
    frame_writer& self = **alive;
    self.waiting_.reset();
    if (ec)
      self.fail(ec);
    else
      self.from_.flush();
  });
}

void frame_writer::fail(error_code ec) noexcept try {
  from_.abort();
  to_.cancel();
  from_.close_from_peer({boost::beast::websocket::close_code::abnormal, ec.message()});
} catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): it ends without a reason
}

}  // namespace ws_demo
