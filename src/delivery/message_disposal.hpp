#pragma once

// Frees the messages that nobody gets any more. A queue may have thousands, and hundreds of queues
// may be given up in one turn of the loop, so they are freed in slices.
//
// The server owns it; it outlives the send queues. Threads: the io_context's only.

#include "delivery/message.hpp"
#include "net/round_robin.hpp"

namespace ws_demo {

class message_disposal final : private round_robin::participant {
 public:
  /// @param turns outlives it.
  explicit message_disposal(round_robin& turns) : turns_(turns) {}

  /// Leaves the list empty. Takes constant time.
  void take(message_list& those);

 private:
  void run_slice() override;

  round_robin& turns_;
  message_list to_free_;
};

}  // namespace ws_demo
