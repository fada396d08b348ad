#include "net/round_robin.hpp"

#include <boost/asio/post.hpp>

namespace ws_demo {
namespace {

/// Most of their slices are a tenth of a millisecond, and a turn of the loop costs some of that.
constexpr int handlers_per_turn = 4;

}  // namespace

void round_robin::enqueue(participant& p) {
  if (p.is_linked()) return;
  filled_.set();
  waiting_.push_back(p);
}

task<void> round_robin::run() {
  while (!filled_.stopped()) {
    int begun = 0;
    while (begun < handlers_per_turn && turns_.cancel_one() > 0) ++begun;
    if (begun == 0 && waiting_.empty()) {
      co_await filled_.wait();
      continue;
    }
    co_await asio::post(on_, no_throw);
    if (waiting_.empty() || filled_.stopped()) continue;  // it may have been destroyed meanwhile
    participant& next = waiting_.front();
    waiting_.pop_front();
    next.run_slice();
  }
}

void round_robin::stop() {
  filled_.stop();
  turns_.expires_at(steady_clock::time_point::min());
}

}  // namespace ws_demo
