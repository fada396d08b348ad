#include "delivery/message_pool.hpp"

#include <new>
#include <utility>

namespace ws_demo {
namespace {

/// How many messages are freed in one turn of the loop: a tenth of a millisecond or two.
constexpr int frees_per_turn = 512;

}  // namespace

message& message_pool::insert(message_list& into, message_list::const_iterator before,
                              message added) {
  if (spare_.empty()) return *into.insert(before, std::move(added));
  const auto reused = spare_.begin();
  *reused = std::move(added);
  into.splice(before, spare_, reused);
  return *reused;
}

void message_pool::erase(message_list& from, message_list::const_iterator which) {
  if (spare_.size() == max_spare) {
    from.erase(which);
    return;
  }
  spare_.splice(spare_.begin(), from, which);
  spare_.front().what.reset();
}

void message_pool::dispose(message_list& those) noexcept try {
  if (those.empty()) return;
  to_free_.splice(to_free_.end(), those);
  turns_.enqueue(*this);
} catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): freed with the next ones
}

void message_pool::run_slice() {
  for (int freed = 0; freed < frees_per_turn && !to_free_.empty(); ++freed) to_free_.pop_front();
  if (!to_free_.empty()) turns_.enqueue(*this);
}

}  // namespace ws_demo
