#pragma once

// The nodes of all send queues. Those that nobody gets any more are freed in slices: a queue may
// have thousands, and hundreds of queues may be given up in one turn of the loop.
//
// The server owns it; it outlives the send queues. Threads: the io_context's only.

#include "common/memory_budget.hpp"
#include "delivery/message.hpp"
#include "net/round_robin.hpp"

#include <cstddef>

namespace ws_demo {

class message_pool final : private round_robin::participant {
 public:
  /// @param turns and memory outlive it.
  message_pool(round_robin& turns, memory_budget& memory) : turns_(turns), memory_(memory) {}

  /// To which messages are charged.
  memory_budget& memory() const { return memory_; }

  message& insert(message_list& into, message_list::const_iterator before, message added);
  void erase(message_list& from, message_list::const_iterator which);

  /// Frees all messages of the list, later. Takes constant time, and leaves it empty.
  void dispose(message_list& those) noexcept;
  /// Whether some of those have not been freed yet.
  bool has_disposed() const { return !to_free_.empty(); }

 private:
  void run_slice() override;

  round_robin& turns_;
  memory_budget& memory_;
  message_list to_free_;
};

}  // namespace ws_demo
