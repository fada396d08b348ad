#include "websocket/deflate.hpp"

#include <zlib.h>

#include <cstddef>
#include <map>
#include <memory>
#include <new>
#include <string>

namespace ws_demo {
namespace {

/// A compressor without header and checksum (raw deflate), kept because making one costs as much as
/// compressing some KiB.
class compressor {
 public:
  explicit compressor(int window_bits) {
    // Of the default, 8, the table of hashes is as large as 128 of the smallest windows, and moves
    // with each of them: 64 KiB take 2 ms.
    constexpr int memory_level = 6;
    // zlib makes no window of 8 bits. References of Z_RLE go back by one, which any window allows.
    constexpr int smallest_window_bits = 9;
    const bool too_small = window_bits < smallest_window_bits;
    // The slower levels search long chains of matches: for text of a few letters, ten times as
    // long.
    if (::deflateInit2(&stream_, Z_BEST_SPEED, Z_DEFLATED, too_small ? -MAX_WBITS : -window_bits,
                       memory_level, too_small ? Z_RLE : Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  ~compressor() { ::deflateEnd(&stream_); }
  compressor(const compressor&) = delete;
  compressor& operator=(const compressor&) = delete;

  shared_text compress(std::string_view text) {
    constexpr std::size_t flush_bytes = 16;
    constexpr std::size_t trailer_bytes = 4;  // of the flush; the receiver appends them again
    ::deflateReset(&stream_);
    buffer_.resize(::deflateBound(&stream_, text.size()) + flush_bytes);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): zlib does not write there
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream_.avail_in = static_cast<uInt>(text.size());
    stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
    stream_.avail_out = static_cast<uInt>(buffer_.size());
    ::deflate(&stream_, Z_SYNC_FLUSH);  // into a buffer that is large enough: it cannot fail
    return std::make_shared<const std::string>(buffer_, 0, stream_.total_out - trailer_bytes);
  }

 private:
  z_stream stream_{};
  std::string buffer_;
};

}  // namespace

shared_text deflated(std::string_view text, int window_bits) {
  static thread_local std::map<int, compressor> by_window_bits;
  return by_window_bits.try_emplace(window_bits, window_bits).first->second.compress(text);
}

}  // namespace ws_demo
