#include "delivery/send_queue.hpp"

#include <boost/beast/websocket/rfc6455.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace ws_demo {
namespace {

using boost::beast::websocket::close_code;
using kind = message::kind;

bool is_echo(const message& m) {
  return m.is == kind::text || m.is == kind::binary;
}

/// Its memory, so that a flood of empty messages is bounded too.
std::size_t echo_size(const message& m) {
  constexpr std::size_t links_bytes = 2 * sizeof(void*);  // of the list
  return sizeof(message) + links_bytes + m.own.capacity();
}

message make(kind is, std::string payload) {
  message m;
  m.is = is;
  m.own = std::move(payload);
  return m;
}

}  // namespace

send_queue::~send_queue() {
  counts_.queue_bytes -= bytes_;
}

void send_queue::push_handshake(std::string bytes) {
  const auto behind =
      std::ranges::find_if_not(queue_, [](const message& m) { return m.is == kind::handshake; });
  insert(behind, make(kind::handshake, std::move(bytes)));
}

void send_queue::push_echo(std::string payload, bool is_text) {
  if (takes_messages())
    insert(queue_.end(), make(is_text ? kind::text : kind::binary, std::move(payload)));
}

void send_queue::push_event(std::string text, steady_clock::time_point due) {
  auto m = make(kind::event, std::move(text));
  m.due = due;
  append_event(std::move(m));
  flush();
}

void send_queue::push_event(shared_event e, steady_clock::time_point due) {
  enqueue(std::move(e), due);
  flush();
}

void send_queue::enqueue(shared_event e, steady_clock::time_point due) {
  message m;
  m.is = kind::event;
  m.shared = std::move(e);
  m.due = due;
  append_event(std::move(m));
}

void send_queue::append_event(message event) {
  if (!takes_messages()) return;
  const std::size_t waiting = waiting_bytes();
  const std::size_t size = event.payload().size();
  if (waiting > 0 && waiting + size > limits_.max_queue_bytes) {
    if (limits_.slow_peers == slow_policy::close) {
      counts_.events_lost["close"] += drop_events_to(0) + 1;
      close_without_flush({close_code::policy_error, "too slow"});
      return;
    }
    const auto dropped =
        drop_events_to(limits_.max_queue_bytes - std::min(limits_.max_queue_bytes, size));
    counts_.events_lost["drop-oldest"] += dropped;
    report_lost(dropped);
  }
  insert(queue_.end(), std::move(event));
}

void send_queue::push_ping() {
  if (!takes_messages() || std::ranges::find(queue_, kind::ping, &message::is) != queue_.end())
    return;
  insert(queue_.end(), make(kind::ping, {}));
  flush();
}

void send_queue::push_pong(std::string payload) {
  if (!takes_messages()) return;
  flush();  // echoes of what the peer has sent before go first, where the socket takes them
  const auto goes_before = [](const message& m) {
    return m.is == kind::handshake || m.is == kind::lost;
  };
  const auto second = queue_.empty() ? queue_.end() : std::next(queue_.begin());
  auto here = std::find_if_not(second, queue_.end(), goes_before);
  if (here != queue_.end() && here->is == kind::pong) here = remove(here);
  insert(here, make(kind::pong, std::move(payload)));
  flush();
}

void send_queue::close(close_reason why) {
  close_without_flush(std::move(why));
  flush();
}

void send_queue::close_without_flush(close_reason why) {
  if (closed_) return;
  push_close(why.code, why.text);
  closed_ = std::move(why);
}

void send_queue::close_from_peer(close_reason why) {
  if (closed_) return;
  if (why.code != close_code::abnormal)
    push_close(why.code == close_code::no_status ? std::uint16_t{close_code::normal} : why.code,
               {});
  closed_ = std::move(why);
  flush();
}

void send_queue::push_close(std::uint16_t code, std::string text) {
  if (!takes_messages()) return;
  auto m = make(kind::close, std::move(text));
  m.close_code = code;
  insert(queue_.end(), std::move(m));
}

void send_queue::abort() {
  if (std::exchange(aborted_, true)) return;
  consumer_.on_readable();
}

void send_queue::pop() {
  const message& sent = queue_.front();
  const bool is_event = sent.is == kind::event;
  if (is_event || is_echo(sent) || sent.is == kind::lost) {
    ++sent_;
    ++counts_.messages_sent;
    counts_.messages_sent_bytes += sent.payload().size();
  }
  if (is_event) counts_.pushed(steady_clock::now() - sent.due);
  remove(queue_.begin());
}

std::size_t send_queue::waiting_bytes() const {
  const bool first_is_event = !queue_.empty() && queue_.front().is == kind::event;
  return event_bytes_ - (first_is_event ? queue_.front().payload().size() : 0);
}

std::uint64_t send_queue::drop_events_to(std::size_t bytes_left) {
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

/// In the place of the events that are lost. It is counted up while it waits behind the first.
void send_queue::report_lost(std::uint64_t count) {
  const auto second = std::next(queue_.begin());
  const bool waits = second != queue_.end() && second->is == kind::lost;
  lost_ = waits ? lost_ + count : count;
  const auto behind = waits ? remove(second) : second;
  insert(behind, make(kind::lost, lost_event_text(lost_)));
}

void send_queue::insert(messages_type::const_iterator before, message added) {
  const message& m = *queue_.insert(before, std::move(added));
  const auto size = m.payload().size();
  bytes_ += size;
  if (m.is == kind::event) event_bytes_ += size;
  if (is_echo(m)) echo_bytes_ += echo_size(m);
  counts_.queue_bytes += size;
  counts_.queue_high_water_bytes = std::max<std::uint64_t>(counts_.queue_high_water_bytes, bytes_);
}

send_queue::messages_type::iterator send_queue::remove(messages_type::const_iterator which) {
  const auto size = which->payload().size();
  bytes_ -= size;
  if (which->is == kind::event) event_bytes_ -= size;
  if (is_echo(*which)) echo_bytes_ -= echo_size(*which);
  counts_.queue_bytes -= size;
  return queue_.erase(which);
}

}  // namespace ws_demo
