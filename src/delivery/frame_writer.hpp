#pragma once

// Writes the messages of a send queue to the connection: as many in one system call as the socket
// takes, and the rest when it takes more. Nothing else writes to a subscriber.
//
// The subscriber owns it. Threads: the io_context's only.

#include "delivery/frame.hpp"
#include "delivery/send_queue.hpp"
#include "net/asio.hpp"
#include "net/connection.hpp"

#include <cstddef>
#include <memory>
#include <utility>

namespace ws_demo {

class frame_writer {
 public:
  /// @param to and from outlive it.
  frame_writer(connection& to, send_queue& from, framing f)
      : to_(to), from_(from), framing_(std::move(f)) {}
  frame_writer(const frame_writer&) = delete;
  frame_writer& operator=(const frame_writer&) = delete;

  void set_framing(framing f) { framing_ = std::move(f); }

  /// Writes what can be written without waiting. Where the network fails, the queue is closed and
  /// aborted, and the operations under way on the connection are cancelled.
  void write();

 private:
  error_code write_some();
  void wait_for_socket();
  void fail(error_code ec) noexcept;

  connection& to_;
  send_queue& from_;
  framing framing_;
  std::size_t written_bytes_ = 0;           // of the first frame
  std::shared_ptr<frame_writer*> waiting_;  // this, while it waits for the socket
};

}  // namespace ws_demo
