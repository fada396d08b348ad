#include "delivery/message_disposal.hpp"

namespace ws_demo {
namespace {

/// How many messages are freed in one turn of the loop: a tenth of a millisecond or two.
constexpr int frees_per_turn = 512;

}  // namespace

void message_disposal::take(message_list& those) {
  if (those.empty()) return;
  to_free_.splice(to_free_.end(), those);
  turns_.enqueue(*this);
}

void message_disposal::run_slice() {
  for (int freed = 0; freed < frees_per_turn && !to_free_.empty(); ++freed) to_free_.pop_front();
  if (!to_free_.empty()) turns_.enqueue(*this);
}

}  // namespace ws_demo
