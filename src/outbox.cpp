#include "ws_demo/outbox.hpp"

#include <utility>

namespace ws_demo {

std::uint64_t outbox::push(message m) {
  if (takes_messages()) queue_.push_back(std::move(m));
  changed_.cancel();
  return sent_ + queue_.size();
}

task<const message*> outbox::front() {
  while (queue_.empty() && takes_messages()) co_await changed_.async_wait(no_throw);
  co_return queue_.empty() || abandoned_ ? nullptr : &queue_.front();
}

void outbox::pop() {
  queue_.pop_front();
  ++sent_;
  if (queue_.empty()) changed_.cancel();
}

task<void> outbox::drained() {
  while (!queue_.empty() && !abandoned_) co_await changed_.async_wait(no_throw);
}

void outbox::close(close_reason why) {
  if (!takes_messages()) return;
  closed_ = std::move(why);
  changed_.cancel();
}

void outbox::abandon() {
  abandoned_ = true;
  changed_.cancel();
}

task<void> outbox::abandonment() {
  while (!abandoned_) co_await changed_.async_wait(no_throw);
}

}  // namespace ws_demo
