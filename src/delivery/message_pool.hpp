#pragma once

// The nodes of all send queues. Those that are sent are used again: more of them come and go at
// once than malloc keeps at hand. Those that nobody gets any more are freed in slices: a queue may
// have thousands, and hundreds of queues may be given up in one turn of the loop.
//
// The server owns it; it outlives the send queues. Threads: the io_context's only.

#include "delivery/message.hpp"
#include "net/round_robin.hpp"

#include <cstddef>

namespace ws_demo {

class message_pool final : private round_robin::participant {
 public:
  /// @param turns outlives it.
  explicit message_pool(round_robin& turns) : turns_(turns) {}

  message& insert(message_list& into, message_list::const_iterator before, message added);
  void erase(message_list& from, message_list::const_iterator which);

  /// Frees all messages of the list, later. Takes constant time, and leaves it empty.
  void dispose(message_list& those) noexcept;

 private:
  static constexpr std::size_t max_spare = 1024;

  void run_slice() override;

  round_robin& turns_;
  message_list spare_;  // without contents
  message_list to_free_;
};

}  // namespace ws_demo
