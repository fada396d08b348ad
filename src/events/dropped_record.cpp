#include "events/dropped_record.hpp"

#include <algorithm>
#include <functional>
#include <new>
#include <utility>
#include <vector>

namespace ws_demo {
namespace {

/// A name is 128 bytes long, its hash 8. Two names with the same one, of 100,000 a chance of one to
/// billions, share the greater number.
std::size_t hash_of(std::string_view name) {
  return std::hash<std::string_view>{}(name);
}

}  // namespace

void dropped_record::remember(std::string_view name, std::uint64_t newest) noexcept try {
  if (newest <= given_up_) return;
  auto& number = numbers_[hash_of(name)];
  number = std::max(number, newest);
  if (numbers_.size() > limits_.max_topics_total) give_up_older_half();
  constexpr std::size_t control_bytes = 1;
  own_.set(heap_bytes(numbers_.bucket_count() *
                      (sizeof(decltype(numbers_)::value_type) + control_bytes)));
} catch (const std::bad_alloc&) {
  given_up_ = std::max(given_up_, newest);
}

std::uint64_t dropped_record::newest(std::string_view name) const {
  const auto found = numbers_.find(hash_of(name));
  return found == numbers_.end() ? given_up_ : std::max(given_up_, found->second);
}

void dropped_record::give_up_older_half() {
  std::vector<std::uint64_t> sorted;
  sorted.reserve(numbers_.size());
  for (const auto& [name, number] : numbers_) sorted.push_back(number);
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::ranges::nth_element(sorted, middle);
  given_up_ = *middle;
  boost::unordered::erase_if(numbers_,
                             [this](const auto& known) { return known.second <= given_up_; });
}

}  // namespace ws_demo
