#include "delivery/send_queue.hpp"

#include <boost/beast/websocket/rfc6455.hpp>

#include <algorithm>
#include <iterator>
#include <new>
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
  return send_queue::overhead_bytes + (m.what ? m.what->memory.bytes() : 0);
}

std::size_t size_of(const message& m) {
  return m.payload().size() + send_queue::overhead_bytes;
}

/// Which list has the next message, by its first ones; null where all are empty.
template <class List, class Position>
List* next_list(List& urgent, Position u, List& events, Position e, List& others, Position o) {
  if (u != urgent.end()) return &urgent;
  if (e == events.end()) return o == others.end() ? nullptr : &others;
  return o != others.end() && o->place < e->place ? &others : &events;
}

}  // namespace

send_queue::~send_queue() {
  counts_.queue_bytes -= bytes_;
  for (message_list* const each : {&urgent_, &events_, &others_}) pool_.dispose(*each);
}

send_queue::iterator::iterator(const send_queue& over)
    : over_(&over),
      at_(over.first_),
      urgent_(over.urgent_.begin()),
      events_(over.events_.begin()),
      others_(over.others_.begin()) {}

template <class Self>
auto& send_queue::iterator::current(Self& self) {
  if (self.at_ == &self.over_->urgent_) return self.urgent_;
  return self.at_ == &self.over_->events_ ? self.events_ : self.others_;
}

const message& send_queue::iterator::operator*() const {
  return *current(*this);
}

send_queue::iterator& send_queue::iterator::operator++() {
  ++current(*this);
  at_ = next_list(over_->urgent_, urgent_, over_->events_, events_, over_->others_, others_);
  return *this;
}

message send_queue::make(message::kind is, std::string payload) const {
  message m;
  m.is = is;
  if (!payload.empty()) m.what = make_event(std::move(payload), {}, &pool_.memory());
  return m;
}

void send_queue::push_handshake(std::string bytes) {
  append(urgent_, make(kind::handshake, std::move(bytes)));
  first_ = &urgent_;  // nothing has been sent before it
}

void send_queue::push_echo(std::string payload, bool is_text) {
  if (!takes_messages()) return;
  append(others_, make(is_text ? kind::text : kind::binary, std::move(payload)));
}

void send_queue::push_event(std::string text, steady_clock::time_point due) {
  push_event(make_event(std::move(text), {}, &pool_.memory()), due);
}

void send_queue::push_event(shared_event e, steady_clock::time_point due) {
  enqueue(std::move(e), due);
  flush();
}

void send_queue::enqueue(shared_event e, steady_clock::time_point due) noexcept try {
  message m;
  m.is = kind::event;
  m.what = std::move(e);
  m.due = due;
  append_event(std::move(m));
} catch (const std::bad_alloc&) {
  fail();
}

void send_queue::append_event(message event) {
  if (!takes_messages()) return;
  const std::size_t size = size_of(event);
  const auto is_too_much = [&] {
    const std::size_t waiting = waiting_bytes();
    return waiting > 0 && waiting + size > limits_.max_queue_bytes;
  };
  if (is_too_much() && limits_.slow_peers == slow_policy::close) {
    counts_.events_lost["close"] += drop_waiting_events() + 1;
    close_without_flush({close_code::policy_error, "too slow"});
    return;
  }
  std::uint64_t dropped = 0;
  for (; is_too_much(); ++dropped) drop_oldest_event();
  append(events_, std::move(event));
  if (dropped == 0) return;
  counts_.events_lost["drop-oldest"] += dropped;
  report_lost(dropped);
}

void send_queue::push_ping() {
  if (!takes_messages() || ping_waits_) return;
  append(others_, make(kind::ping, {}));
  ping_waits_ = true;
  flush();
}

void send_queue::push_pong(std::string payload) {
  if (!takes_messages()) return;
  flush();  // echoes of what the peer has sent before go first, where the socket takes them
  const auto waiting = std::find_if(first_waiting(urgent_), urgent_.end(),
                                    [](const message& m) { return m.is == kind::pong; });
  auto pong = make(kind::pong, std::move(payload));
  if (waiting != urgent_.end()) remove(urgent_, waiting);
  append(urgent_, std::move(pong));
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
  append(others_, std::move(m));
}

void send_queue::abort() noexcept {
  if (std::exchange(aborted_, true)) return;
  consumer_.on_readable();
}

void send_queue::pop() {
  const message& sent = first_->front();
  const bool is_event = sent.is == kind::event;
  if (is_event || is_echo(sent) || sent.is == kind::lost) {
    ++sent_;
    ++counts_.messages_sent;
    counts_.messages_sent_bytes += sent.payload().size();
  }
  if (is_event) counts_.pushed(steady_clock::now() - sent.due);
  if (sent.is == kind::ping) ping_waits_ = false;
  remove(*first_, first_->begin());
  find_first();
}

std::size_t send_queue::waiting_bytes() const {
  return event_bytes_ - (first_ == &events_ ? size_of(events_.front()) : 0);
}

/// The first message of a list that has not been sent in part.
message_list::iterator send_queue::first_waiting(message_list& in) {
  return first_ == &in ? std::next(in.begin()) : in.begin();
}

void send_queue::drop_oldest_event() {
  remove(events_, first_waiting(events_));
}

std::uint64_t send_queue::drop_waiting_events() {
  const auto bytes = waiting_bytes();
  bytes_ -= bytes;
  event_bytes_ -= bytes;
  counts_.queue_bytes -= bytes;
  message_list kept;  // the first, which may have been sent in part
  if (first_ == &events_) kept.splice(kept.end(), events_, events_.begin());
  const auto dropped = events_.size();
  pool_.dispose(events_);
  events_.splice(events_.end(), kept);
  return dropped;
}

/// Before the events that are left. It is counted up while it waits behind the first message.
void send_queue::report_lost(std::uint64_t count) {
  const auto here = first_waiting(urgent_);
  const bool waits = here != urgent_.end() && here->is == kind::lost;
  lost_ = waits ? lost_ + count : count;
  insert(urgent_, here, make(kind::lost, lost_event_text(lost_)));
  if (waits) remove(urgent_, here);
}

void send_queue::append(message_list& to, message added) {
  added.place = next_place_++;
  insert(to, to.end(), std::move(added));
  if (!first_) first_ = &to;
}

void send_queue::find_first() {
  first_ = next_list(urgent_, urgent_.begin(), events_, events_.begin(), others_, others_.begin());
}

void send_queue::insert(message_list& into, message_list::const_iterator before, message added) {
  const message& m = pool_.insert(into, before, std::move(added));
  const auto size = size_of(m);
  bytes_ += size;
  if (m.is == kind::event) event_bytes_ += size;
  if (is_echo(m)) echo_bytes_ += echo_size(m);
  counts_.queue_bytes += size;
  counts_.queue_high_water_bytes = std::max<std::uint64_t>(counts_.queue_high_water_bytes, bytes_);
}

void send_queue::remove(message_list& from, message_list::const_iterator which) {
  const auto size = size_of(*which);
  bytes_ -= size;
  if (which->is == kind::event) event_bytes_ -= size;
  if (is_echo(*which)) echo_bytes_ -= echo_size(*which);
  counts_.queue_bytes -= size;
  pool_.erase(from, which);
}

}  // namespace ws_demo
