#include "ws_demo/outbox.hpp"

#include "ws_demo/event.hpp"

#include <boost/beast/websocket/rfc6455.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace ws_demo {

using kind = message::kind;

outbox::~outbox() {
  counts_.queue_bytes -= bytes_;
}

void outbox::push_echo(std::string bytes, bool is_text) {
  if (!takes_messages()) return;
  echo_waits_ = true;
  insert(queue_.end(), {std::move(bytes), {}, is_text ? kind::text : kind::binary, {}});
  wake();
}

void outbox::push_event(message event) {
  if (!takes_messages()) return;
  const std::size_t waiting = waiting_bytes();
  if (waiting > 0 && waiting + event.bytes().size() > limits_.max_queue_bytes) {
    if (limits_.slow_peers == slow_policy::close) {
      counts_.events_lost["close"] += drop_events_to(0) + 1;
      close({boost::beast::websocket::close_code::policy_error, "too slow"});
      return;
    }
    const auto room =
        limits_.max_queue_bytes - std::min(limits_.max_queue_bytes, event.bytes().size());
    const auto dropped = drop_events_to(room);
    counts_.events_lost["drop-oldest"] += dropped;
    lost_ += dropped;
  }
  insert(queue_.end(), std::move(event));
}

void outbox::push_ping() {
  if (!takes_messages() || std::ranges::find(queue_, kind::ping, &message::is) != queue_.end())
    return;
  insert(queue_.end(), {{}, {}, kind::ping, {}});
  wake();
}

task<const message*> outbox::front() {
  while (queue_.empty() && takes_messages()) co_await changed_.async_wait(no_throw);
  if (lost_ > 0 && !abandoned_)
    insert(queue_.begin(),
           {lost_event_text(std::exchange(lost_, 0)), {}, kind::event, steady_clock::now()});
  co_return queue_.empty() || abandoned_ ? nullptr : &queue_.front();
}

void outbox::pop() {
  const message& sent = queue_.front();
  if (sent.is != kind::ping) {
    ++sent_;
    ++counts_.messages_sent;
    counts_.messages_sent_bytes += sent.bytes().size();
  }
  if (sent.is == kind::event) counts_.pushed(steady_clock::now() - sent.due);
  const bool was_echo = sent.is == kind::text || sent.is == kind::binary;
  if (was_echo) echo_waits_ = false;
  remove(queue_.begin());
  if (was_echo || event_bytes_ == 0) wake();
}

task<void> outbox::no_event_waits() {
  while (event_bytes_ > 0 && !abandoned_) co_await changed_.async_wait(no_throw);
}

task<void> outbox::echo_sent() {
  while (echo_waits_ && !abandoned_) co_await changed_.async_wait(no_throw);
}

void outbox::close(close_reason why) {
  if (!takes_messages()) return;
  closed_ = std::move(why);
  wake();
}

void outbox::abandon() {
  abandoned_ = true;
  wake();
}

task<void> outbox::abandonment() {
  while (!abandoned_) co_await changed_.async_wait(no_throw);
}

std::size_t outbox::waiting_bytes() const {
  const bool front_is_event = !queue_.empty() && queue_.front().is == kind::event;
  return event_bytes_ - (front_is_event ? queue_.front().bytes().size() : 0);
}

std::uint64_t outbox::drop_events_to(std::size_t bytes_left) {
  std::uint64_t dropped = 0;
  for (auto m = std::next(queue_.begin()); m != queue_.end() && waiting_bytes() > bytes_left;) {
    if (m->is != kind::event) {
      ++m;
    } else {
      m = remove(m);
      ++dropped;
    }
  }
  return dropped;
}

void outbox::insert(queue::const_iterator before, message m) {
  const auto size = m.bytes().size();
  bytes_ += size;
  if (m.is == kind::event) event_bytes_ += size;
  counts_.queue_bytes += size;
  counts_.queue_high_water_bytes = std::max<std::uint64_t>(counts_.queue_high_water_bytes, bytes_);
  queue_.insert(before, std::move(m));
}

outbox::queue::iterator outbox::remove(queue::const_iterator which) {
  const auto size = which->bytes().size();
  bytes_ -= size;
  if (which->is == kind::event) event_bytes_ -= size;
  counts_.queue_bytes -= size;
  return queue_.erase(which);
}

}  // namespace ws_demo
