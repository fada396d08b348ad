#include "histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace ws_bench {

void histogram::add(clock::duration value) {
  const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(value).count();
  const auto clipped = static_cast<std::uint64_t>(
      std::clamp<std::int64_t>(nanoseconds, 0, (std::int64_t{1} << largest_bits) - 1));
  const int shift = std::max(0, static_cast<int>(std::bit_width(clipped)) - exact_bits);
  ++buckets_.at(static_cast<std::size_t>(shift) * half + (clipped >> shift));
  ++count_;
  largest_ = std::max(largest_, clipped);
}

double histogram::quantile(double q) const {
  if (count_ == 0) return std::numeric_limits<double>::quiet_NaN();
  const double rank = std::ceil(q * static_cast<double>(count_));
  auto wanted = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(rank));
  std::size_t index = 0;
  while (index + 1 < buckets_.size() && buckets_.at(index) < wanted) wanted -= buckets_.at(index++);
  auto middle = static_cast<double>(index);
  if (index >= 2 * half) {
    const std::size_t shift = index / half - 1;
    middle = std::ldexp(static_cast<double>(index - shift * half) + 0.5, static_cast<int>(shift));
  }
  return std::min(middle, static_cast<double>(largest_)) * 1e-9;
}

}  // namespace ws_bench
