#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace ws_bench {

/// Every time is taken from the clock that never jumps, and every length of time is in seconds
/// where people or options speak of it.
using clock = std::chrono::steady_clock;
using seconds = std::chrono::duration<double>;

/// How often each duration occurred, in bounded memory: each octave has 2048 buckets, so that what
/// comes out is at most 0.05 % off, half a millisecond in a second. Longer than 18 minutes counts
/// as 18 minutes.
class histogram {
 public:
  void add(clock::duration value);

  std::uint64_t count() const { return count_; }

  /// The duration that a share `q` (0 to 1) of all does not exceed, in seconds; NaN where there is
  /// none.
  double quantile(double q) const;

 private:
  static constexpr int exact_bits = 12;
  static constexpr int largest_bits = 40;
  static constexpr std::size_t half = std::size_t{1} << (exact_bits - 1);

  std::array<std::uint64_t, (largest_bits - exact_bits + 2) * half> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t largest_ = 0;
};

}  // namespace ws_bench
