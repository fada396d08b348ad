#pragma once

// How much of some work is done in one turn of the loop, by all who do it together.
//
// The server owns it. Threads: the io_context's only.

#include "net/asio.hpp"

#include <cstddef>
#include <memory>
#include <utility>

namespace ws_demo {

class turn_budget {
 public:
  turn_budget(executor on, std::size_t in_each_turn)
      : on_(std::move(on)),
        in_each_turn_(in_each_turn),
        left_(std::make_shared<std::size_t>(in_each_turn)) {}

  /// Whether nothing is left for this turn.
  bool is_spent() const { return *left_ == 0; }
  /// Takes this much, or what is left.
  void spend(std::size_t amount);

 private:
  executor on_;
  std::size_t in_each_turn_;
  std::shared_ptr<std::size_t> left_;  // shared with the handler that renews it
};

}  // namespace ws_demo
