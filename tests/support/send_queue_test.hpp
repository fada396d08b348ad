#pragma once

// A send queue whose consumer is told, but takes nothing before it is asked to.

#include "common/memory_budget.hpp"
#include "deadline.hpp"
#include "delivery/send_queue.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ws_demo::testing {

class send_queue_test : public ::testing::Test, protected send_queue::consumer {
 protected:
  void on_readable() noexcept override { ++told; }

  /// Everything that would be sent now, as text.
  std::vector<std::string> take_all() {
    std::vector<std::string> all;
    for (; !queue.empty(); queue.pop()) {
      const auto& m = first();
      if (m.is == message::kind::ping)
        all.emplace_back("(ping)");
      else if (m.is == message::kind::close)
        all.push_back("(close " + std::to_string(m.close_code) + ")");
      else
        all.emplace_back(m.payload());
    }
    return all;
  }

  const message& first() const { return *queue.begin(); }

  options limits;
  metrics counts;
  asio::io_context io{1};
  round_robin turns{io.get_executor()};
  memory_budget memory{std::size_t{1} << 30};
  message_pool pool{turns, memory};
  send_queue queue{*this, limits, counts, pool};
  int told = 0;
};

}  // namespace ws_demo::testing
