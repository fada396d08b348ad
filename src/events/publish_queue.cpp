#include "events/publish_queue.hpp"

#include <stdexcept>
#include <utility>

namespace ws_demo {
namespace {

std::size_t size_of(const publish_queue::event& e) {
  return sizeof e + e.topic.size() + e.payload.size();
}

}  // namespace

bool publish_queue::push(event e, std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  // An event of any size fits an empty queue.
  const auto has_room = [&] {
    return closed_ || events_.empty() || bytes_ + size_of(e) <= limit_bytes_;
  };
  if (!room_.wait_for(lock, timeout, has_room))
    throw std::runtime_error("too many events wait to be published");
  if (closed_) return false;
  bytes_ += size_of(e);
  events_.push_back(std::move(e));
  return events_.size() == 1;
}

std::vector<publish_queue::event> publish_queue::take() {
  const std::scoped_lock lock(mutex_);
  bytes_ = 0;
  room_.notify_all();
  return std::exchange(events_, {});
}

bool publish_queue::empty() const {
  const std::scoped_lock lock(mutex_);
  return events_.empty();
}

void publish_queue::close() {
  const std::scoped_lock lock(mutex_);
  closed_ = true;
  events_.clear();
  room_.notify_all();
}

}  // namespace ws_demo
