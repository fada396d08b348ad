#pragma once

// A send queue whose consumer is told, but takes nothing before it is asked to.

#include "deadline.hpp"
#include "delivery/send_queue.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ws_demo::testing {

class send_queue_test : public ::testing::Test, protected send_queue::consumer {
 protected:
  void on_readable() override { ++told; }

  /// Everything that would be sent now, as text.
  std::vector<std::string> take_all() {
    std::vector<std::string> all;
    for (; !queue.messages().empty(); queue.pop()) {
      const auto& m = queue.messages().front();
      if (m.is == message::kind::ping)
        all.emplace_back("(ping)");
      else if (m.is == message::kind::close)
        all.push_back("(close " + std::to_string(m.close_code) + ")");
      else
        all.emplace_back(m.payload());
    }
    return all;
  }

  options limits;
  metrics counts;
  send_queue queue{*this, limits, counts};
  int told = 0;
};

}  // namespace ws_demo::testing
