#pragma once

// How much memory a server spends on what others can make large: events that wait, messages and
// bodies that have come in part, the history, the connections themselves. Each of them charges what
// it takes, as malloc gives it, so that all of it together has one limit
// (options::max_memory_bytes).
//
// The budget only counts. Near its limit, new peers and bodies are refused (authorize.hpp); over
// it, memory_relief gives some back.
//
// The server owns it; it outlives whatever is charged. Threads: the io_context's only.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>

namespace ws_demo {

class memory_budget {
 public:
  explicit memory_budget(std::size_t limit_bytes) : limit_(limit_bytes) {}

  /// @param exceeded is called whenever the limit is exceeded that was not before. It does not
  /// throw.
  void on_exceeded(std::function<void()> exceeded) { exceeded_ = std::move(exceeded); }

  /// The limit becomes `bytes`, if that is less; at least least_bytes.
  void lower_limit(std::size_t bytes);
  /// With less, a server does not get far.
  static constexpr std::size_t least_bytes = std::size_t{8} << 20;

  void charge(std::size_t bytes) {
    const bool was_exceeded = is_exceeded();
    used_ += bytes;
    if (is_exceeded() && !was_exceeded && exceeded_) exceeded_();
  }
  void release(std::size_t bytes) { used_ -= bytes; }

  std::size_t used() const { return used_; }
  std::size_t limit() const { return limit_; }
  bool is_exceeded() const { return used_ > limit_; }
  /// Whether so little is left, a sixteenth, that nothing large should be begun.
  bool is_tight() const { return used_ > limit_ - limit_ / 16; }

 private:
  std::size_t limit_;
  std::size_t used_ = 0;
  std::function<void()> exceeded_;
};

/// Bytes that are charged to a budget while this lives.
class memory_charge {
 public:
  /// @param to outlives it; null for a charge to nobody.
  explicit memory_charge(memory_budget* to, std::size_t bytes = 0) : to_(to), bytes_(bytes) {
    if (to_) to_->charge(bytes_);
  }
  ~memory_charge() {
    if (to_) to_->release(bytes_);
  }
  memory_charge(const memory_charge&) = delete;
  memory_charge& operator=(const memory_charge&) = delete;

  void set(std::size_t bytes);
  std::size_t bytes() const { return bytes_; }
  memory_budget* budget() const { return to_; }

 private:
  memory_budget* to_;
  std::size_t bytes_;
};

/// What a block of this size takes of the heap of a 64-bit system, with whichever allocator takes
/// more: glibc adds a size and rounds up to 16 bytes; jemalloc rounds larger blocks up to one of
/// four sizes between two powers of two (jemalloc(3), SIZE CLASSES).
constexpr std::size_t heap_bytes(std::size_t block) {
  constexpr std::size_t smallest = 32;
  constexpr std::size_t largest_of_small = 128;
  const auto round_up = [block](std::size_t header, std::size_t to) {
    return (block + header + to - 1) / to * to;
  };
  const std::size_t in_glibc = std::max(round_up(8, 16), smallest);
  if (block <= largest_of_small) return in_glibc;
  return std::max(in_glibc, round_up(0, std::bit_floor(block - 1) / 4));
}

/// What a string takes beside the object itself.
inline std::size_t heap_bytes_of(const std::string& text) {
  constexpr std::size_t within_object = 15;  // libstdc++
  return text.capacity() > within_object ? heap_bytes(text.capacity() + 1) : 0;
}

}  // namespace ws_demo
