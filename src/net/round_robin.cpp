#include "net/round_robin.hpp"

#include <boost/asio/post.hpp>

namespace ws_demo {

void round_robin::enqueue(participant& p) {
  if (p.is_linked()) return;
  filled_.set();  // may throw, and then nothing has changed
  waiting_.push_back(p);
}

task<void> round_robin::run() {
  while (!filled_.stopped()) {
    const bool one_has_its_turn = turns_.cancel_one() > 0;
    if (!one_has_its_turn && waiting_.empty()) {
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
