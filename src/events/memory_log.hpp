#pragma once

// The log that is only a counter: an event is delivered while it is appended, and what is kept of
// it is in the history.

#include "net/asio.hpp"
#include "ws_demo/event_log.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace ws_demo {

/// The server owns it. Threads: the io_context's only.
class memory_log final : public event_log {
 public:
  void open(reader& to) override;
  void append(std::vector<entry> events, handler done) override;
  std::optional<result> append_now(std::string_view topic, std::string_view payload) override;
  bool stores_at_once() const noexcept override { return true; }
  void forget(std::string_view /*topic*/, std::uint64_t /*number*/) noexcept override {}
  task<void> run() override { co_return; }
  void stop() override {}

 private:
  reader* reader_ = nullptr;
  std::uint64_t number_ = 0;  // of the newest event
};

}  // namespace ws_demo
