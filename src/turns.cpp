#include "ws_demo/turns.hpp"

#include <boost/asio/post.hpp>

namespace ws_demo {

void turns::ask(taker& who) {
  if (who.is_linked()) return;
  waiting_.push_back(who);
  changed_.cancel();
}

task<void> turns::run() {
  while (!stopped_) {
    if (waiting_.empty()) {
      co_await changed_.async_wait(no_throw);
    } else {
      co_await asio::post(changed_.get_executor(), no_throw);
      if (waiting_.empty()) continue;  // it has gone
      taker& next = waiting_.front();
      waiting_.pop_front();
      next.take_turn();
    }
  }
}

void turns::stop() {
  stopped_ = true;
  changed_.cancel();
}

}  // namespace ws_demo
