#include "websocket/message_reader.hpp"

#include "common/text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/zlib/error.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace ws_demo {
namespace {

namespace websocket = boost::beast::websocket;
namespace zlib = boost::beast::zlib;

/// The buffer that a read waits with, mostly for hours.
constexpr std::size_t first_read_bytes = 256;
/// How much a message's buffer grows at most by its announced length, before that has come.
constexpr std::size_t max_growth_bytes = std::size_t{64} << 10;

/// RFC 6455 section 7.4.2.
constexpr std::uint16_t last_close_code = 4999;

close_reason reason_of(error_code ec, const websocket::close_reason& received) {
  if (ec == websocket::error::closed) {
    if (received.code > last_close_code)  // Beast checks all others
      return {websocket::close_code::protocol_error, "close code out of range"};
    const bool has_code = received.code != websocket::close_code::none;
    return {has_code ? received.code : std::uint16_t{websocket::close_code::no_status},
            "closed by peer"};
  }
  if (ec == websocket::error::message_too_big)
    return {websocket::close_code::too_big, "message too big"};
  if (ec == websocket::error::bad_frame_payload)
    return {websocket::close_code::bad_payload, "text is not UTF-8"};
  if (ec.category() == make_error_code(zlib::error::stream_error).category())
    return {websocket::close_code::bad_payload, "invalid deflate data: " + ec.message()};
  if (ec == websocket::condition::protocol_violation)
    return {websocket::close_code::protocol_error, ec.message()};
  return {websocket::close_code::abnormal, ec.message()};
}

}  // namespace

void message_reader::start() {
  state_ = state::reading;
  size_ = 0;
  try {
    message_.assign(first_read_bytes, '\0');
    read_some();
  } catch (const std::bad_alloc&) {  // ends this peer and no other
    fail(asio::error::no_memory);
  }
}

void message_reader::read_some() {
  if (size_ == message_.size())
    message_.resize(size_ + std::min(stream_.read_size_hint(size_), max_growth_bytes));
  stream_.async_read_some(asio::buffer(message_) + size_,
                          [this](error_code ec, std::size_t size) { on_read(ec, size); });
}

void message_reader::on_read(error_code ec, std::size_t size) try {
  size_ += size;
  if (ec)
    fail(ec);
  else if (stream_.is_message_done())
    finish();
  else
    read_some();
} catch (const std::bad_alloc&) {
  fail(asio::error::no_memory);
}

void message_reader::finish() {
  message_.resize(size_);
  // Beast has checked all but this, which it misses where the last frame of a message is empty.
  if (is_text() && ends_within_character(message_)) {
    fail(websocket::error::bad_frame_payload);
    return;
  }
  state_ = state::has_message;
  done_.set_and_resume();
}

void message_reader::fail(error_code ec) {
  state_ = state::failed;
  failure_ = reason_of(ec, stream_.reason());
  done_.set_and_resume();
}

std::string message_reader::take() {
  state_ = state::idle;
  return std::exchange(message_, {});
}

}  // namespace ws_demo
