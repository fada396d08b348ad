#include "net/round_robin.hpp"

#include <boost/asio/post.hpp>

namespace ws_demo {
namespace {

class waiting_coroutine final : public round_robin::participant {
 public:
  explicit waiting_coroutine(const executor& on) : due(on) {}

  awaitable_event due;

 private:
  void run_slice() override { due.set_and_resume(); }
};

}  // namespace

void round_robin::enqueue(participant& p) {
  if (p.is_linked()) return;
  filled_.set();  // may throw, and then nothing has changed
  waiting_.push_back(p);
}

task<void> round_robin::turn() {
  waiting_coroutine me(on_);
  enqueue(me);
  co_await me.due.wait();
}

task<void> round_robin::run() {
  while (!filled_.stopped()) {
    if (waiting_.empty()) {
      co_await filled_.wait();
    } else {
      co_await asio::post(on_, no_throw);
      if (waiting_.empty() || filled_.stopped()) continue;  // it has been destroyed meanwhile
      participant& next = waiting_.front();
      waiting_.pop_front();
      next.run_slice();
    }
  }
}

}  // namespace ws_demo
