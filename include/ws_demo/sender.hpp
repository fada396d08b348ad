#pragma once

// Sends what is in an outbox: as much in one system call as waits and the socket takes, and the
// rest when the socket takes more. It is the only one that writes to a peer.
//
// The subscriber owns it. Threads: the io_context's only.

#include "ws_demo/connection.hpp"
#include "ws_demo/frame.hpp"
#include "ws_demo/net.hpp"
#include "ws_demo/outbox.hpp"

#include <cstddef>
#include <memory>
#include <utility>

namespace ws_demo {

class sender {
 public:
  /// Both outlive it.
  sender(connection& to, outbox& from, framing as)
      : to_(to), from_(from), frame_of_(std::move(as)) {}
  sender(const sender&) = delete;
  sender& operator=(const sender&) = delete;

  void frame_as(framing other) { frame_of_ = std::move(other); }

  /// Sends now what can be sent now. Where the network fails, the outbox is closed and abandoned,
  /// and what else is under way on the connection fails, too.
  void send();

 private:
  error_code send_some(std::size_t& may_encode);
  void wait_for_socket();
  void fail(error_code ec);

  connection& to_;
  outbox& from_;
  framing frame_of_;
  std::size_t begun_bytes_ = 0;     // of the first frame, which have been sent already
  std::shared_ptr<sender*> waits_;  // this, while it waits for the socket
};

}  // namespace ws_demo
