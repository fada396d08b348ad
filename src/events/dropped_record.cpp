#include "events/dropped_record.hpp"

#include <functional>
#include <new>
#include <utility>

namespace ws_demo {
namespace {

/// More would take too long to move when the map grows.
constexpr std::size_t most_names = 100'000;

/// A name has up to 128 bytes, its hash 8. Should two names have the same one, which among 100,000
/// has a chance of one to billions, the greater number is that of both.
std::size_t hash_of(std::string_view name) {
  return std::hash<std::string_view>{}(name);
}

}  // namespace

void dropped_record::remember(std::string_view name, std::uint64_t newest) noexcept try {
  if (newest <= given_up_) return;
  if (newer_.size() >=
      std::max<std::size_t>(std::min(limits_.max_topics_total, most_names) / 2, 1)) {
    give_up(newest_of_older_);
    older_ = std::exchange(newer_, {});
    newest_of_older_ = std::exchange(newest_of_newer_, 0);
  }
  auto& number = newer_[hash_of(name)];
  number = std::max(number, newest);
  newest_of_newer_ = std::max(newest_of_newer_, newest);
  charge();
} catch (const std::bad_alloc&) {
  give_up(newest);
}

std::uint64_t dropped_record::newest(std::string_view name) const {
  std::uint64_t found = given_up_;
  for (const numbers* in : {&newer_, &older_})
    if (const auto known = in->find(hash_of(name)); known != in->end())
      found = std::max(found, known->second);
  return found;
}

std::uint64_t dropped_record::take(std::string_view name) {
  const auto found = newest(name);
  newer_.erase(hash_of(name));
  older_.erase(hash_of(name));
  return found;
}

void dropped_record::clear() noexcept {
  newer_ = {};
  older_ = {};
  newest_of_newer_ = newest_of_older_ = given_up_ = 0;
  charge();
}

void dropped_record::charge() {
  constexpr std::size_t control_bytes = 1;
  constexpr std::size_t slot_bytes = sizeof(numbers::value_type) + control_bytes;
  own_.set(heap_bytes(newer_.bucket_count() * slot_bytes) +
           heap_bytes(older_.bucket_count() * slot_bytes));
}

}  // namespace ws_demo
