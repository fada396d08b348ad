#include "net/turn_budget.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace ws_demo {

void turn_budget::spend(std::size_t amount) {
  if (amount == 0) return;
  if (*left_ == in_each_turn_)
    asio::post(on_, [left = left_, all = in_each_turn_] { *left = all; });
  *left_ -= std::min(*left_, amount);
}

}  // namespace ws_demo
