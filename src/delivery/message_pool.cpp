#include "delivery/message_pool.hpp"

#include <cstddef>
#include <new>
#include <utility>

namespace ws_demo {
namespace {

/// How many messages are freed in one turn of the loop, and bytes of texts that nobody else has: a
/// few tenths of a millisecond.
constexpr int frees_per_turn = 512;
constexpr std::size_t freed_bytes_per_turn = std::size_t{1} << 20;

/// What a message takes beside its payload: a node with two pointers.
constexpr std::size_t node_bytes = heap_bytes(2 * sizeof(void*) + sizeof(message));

}  // namespace

message& message_pool::insert(message_list& into, message_list::const_iterator before,
                              message added) {
  const auto inserted = into.insert(before, std::move(added));
  memory_.charge(node_bytes);
  return *inserted;
}

void message_pool::erase(message_list& from, message_list::const_iterator which) {
  memory_.release(node_bytes);
  from.erase(which);
}

void message_pool::dispose(message_list& those) noexcept try {
  if (those.empty()) return;
  to_free_.splice(to_free_.end(), those);
  turns_.enqueue(*this);
} catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): freed with the next ones
}

void message_pool::run_slice() {
  std::size_t bytes = 0;
  for (int freed = 0; freed < frees_per_turn && bytes < freed_bytes_per_turn; ++freed) {
    if (to_free_.empty()) return;
    const message& next = to_free_.front();
    if (next.what.use_count() == 1) bytes += next.payload().size();
    to_free_.pop_front();
    memory_.release(node_bytes);
  }
  if (!to_free_.empty()) turns_.enqueue(*this);
}

}  // namespace ws_demo
