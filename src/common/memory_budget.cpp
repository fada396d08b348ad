#include "common/memory_budget.hpp"

#include <algorithm>

namespace ws_demo {

void memory_budget::lower_limit(std::size_t bytes) {
  limit_ = std::min(limit_, std::max(bytes, least_bytes));
  if (is_exceeded() && exceeded_) exceeded_();
}

void memory_charge::set(std::size_t bytes) {
  const auto before = std::exchange(bytes_, bytes);
  if (!to_) return;
  if (bytes > before)
    to_->charge(bytes - before);
  else
    to_->release(before - bytes);
}

}  // namespace ws_demo
