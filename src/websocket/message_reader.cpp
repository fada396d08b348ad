#include "websocket/message_reader.hpp"

#include "common/text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/option.hpp>
#include <boost/beast/zlib/error.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace ws_demo {
namespace {

namespace websocket = boost::beast::websocket;
namespace zlib = boost::beast::zlib;

/// The buffer that a read waits with, mostly for hours; with the zero behind it, 256 bytes.
constexpr std::size_t first_read_bytes = 255;
/// By how much it grows at least, and where more has come already. Else it grows by as much as has
/// come, and never beyond what is announced.
constexpr std::size_t least_growth_bytes = std::size_t{4} << 10;
constexpr std::size_t growth_for_more_bytes = std::size_t{64} << 10;

/// What is beyond this of a message is read in turns, where it has come already. A compressed one
/// costs its sender a thousandth of what it costs here.
constexpr std::size_t first_slice_bytes = std::size_t{64} << 10;
constexpr std::size_t first_inflated_bytes = std::size_t{4} << 10;

/// What inflates a message, with its window.
constexpr std::size_t inflater_bytes = std::size_t{44} << 10;

/// A message that is no larger is read also while memory is short.
constexpr std::size_t most_bytes_if_short = std::size_t{16} << 10;

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
  if (ec == asio::error::no_memory)
    return {websocket::close_code::try_again_later, "the server is out of memory"};
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
    if (may_inflate() && stream_.next_layer().is_turn_over())
      long_work_.enqueue(*this);
    else
      read_some();
  } catch (const std::bad_alloc&) {  // ends this peer and no other
    fail(asio::error::no_memory);
  }
}

bool message_reader::may_inflate() {
  websocket::permessage_deflate agreed;
  stream_.get_option(agreed);
  return agreed.server_enable;
}

void message_reader::read_on() {
  stream_layer& layer = stream_.next_layer();
  const bool is_long = size_ >= first_slice_bytes && layer.may_have_data();
  const bool inflates_much =
      stream_.is_inflating() && (size_ >= first_inflated_bytes || layer.is_turn_over());
  if (layer.is_aborted())
    fail(asio::error::operation_aborted);
  else if (is_long || inflates_much)
    long_work_.enqueue(*this);
  else
    read_some();
}

void message_reader::run_slice() try { read_some(); } catch (const std::bad_alloc&) {
  fail(asio::error::no_memory);
}

void message_reader::read_some() {
  if (size_ == message_.size()) {
    // Others would have to give up theirs for it.
    if (size_ > most_bytes_if_short && stream_.next_layer().memory().is_exceeded()) {
      fail(asio::error::no_memory);
      return;
    }
    grow();
    charge();
  }
  stream_.async_read_some(asio::buffer(message_) + size_,
                          [this](error_code ec, std::size_t size) { on_read(ec, size); });
}

void message_reader::grow() {
  const auto least =
      stream_.next_layer().may_have_data() ? growth_for_more_bytes : least_growth_bytes;
  const auto growth = std::min(stream_.read_size_hint(size_), std::max(size_, least));
  std::string larger;
  larger.reserve(size_ + growth);  // resize() would make room for twice as much
  larger.append(message_).append(growth, '\0');
  message_ = std::move(larger);
}

void message_reader::charge() {
  const auto buffer = message_.capacity() > first_read_bytes ? heap_bytes_of(message_) : 0;
  memory_.set(buffer + (stream_.is_inflating() ? inflater_bytes : 0));
}

void message_reader::on_read(error_code ec, std::size_t size) try {
  size_ += size;
  charge();
  if (ec)
    fail(ec);
  else if (stream_.is_message_done())
    finish();
  else
    read_on();
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
  take();
  charge();  // what inflates stays as long as the stream
  state_ = state::failed;
  try {
    failure_ = reason_of(ec, stream_.reason());
  } catch (const std::bad_alloc&) {
    failure_.code = websocket::close_code::try_again_later;
  }
  done_.set_and_resume();
}

std::string message_reader::take() {
  memory_.set(0);
  state_ = state::idle;
  return std::exchange(message_, {});
}

}  // namespace ws_demo
