#include "ws_demo/outbox.hpp"

#include "ws_demo/event.hpp"

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

/// What it takes of memory, so that a flood of empty ones is bounded, too.
std::size_t echo_size(const message& m) {
  constexpr std::size_t links_bytes = 2 * sizeof(void*);  // of the list
  return sizeof(message) + links_bytes + m.own.capacity();
}

}  // namespace

close_reason parse_close_payload(std::string_view payload) {
  if (payload.size() < 2) return {close_code::no_status, {}};
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(payload[i]); };
  return {static_cast<std::uint16_t>(byte(0) << 8U | byte(1)), std::string(payload.substr(2))};
}

outbox::~outbox() {
  counts_.queue_bytes -= bytes_;
}

void outbox::push_handshake(std::string bytes) {
  const auto behind =
      std::ranges::find_if_not(queue_, [](const message& m) { return m.is == kind::handshake; });
  insert(behind, {kind::handshake, std::move(bytes), {}, {}, {}});
}

void outbox::push_echo(std::string bytes, bool is_text) {
  const auto type = is_text ? kind::text : kind::binary;
  if (takes_messages()) insert(queue_.end(), {type, std::move(bytes), {}, {}, {}});
}

void outbox::push_event(std::string text, steady_clock::time_point due) {
  append_event({kind::event, std::move(text), {}, due, {}});
  flush();
}

void outbox::push_event(shared_text text, steady_clock::time_point due) {
  push_event_quietly(std::move(text), due);
  flush();
}

void outbox::push_event_quietly(shared_text text, steady_clock::time_point due) {
  append_event({kind::event, {}, std::move(text), due, {}});
}

void outbox::append_event(message event) {
  if (!takes_messages()) return;
  const std::size_t waiting = waiting_bytes();
  if (waiting > 0 && waiting + event.bytes().size() > limits_.max_queue_bytes) {
    if (limits_.slow_peers == slow_policy::close) {
      counts_.events_lost["close"] += drop_events_to(0) + 1;
      close_quietly({close_code::policy_error, "too slow"});
      return;
    }
    const auto room =
        limits_.max_queue_bytes - std::min(limits_.max_queue_bytes, event.bytes().size());
    const auto dropped = drop_events_to(room);
    counts_.events_lost["drop-oldest"] += dropped;
    tell_lost(dropped);
  }
  insert(queue_.end(), std::move(event));
}

void outbox::push_ping() {
  if (!takes_messages() || std::ranges::find(queue_, kind::ping, &message::is) != queue_.end())
    return;
  insert(queue_.end(), {kind::ping, {}, {}, {}, {}});
  flush();
}

void outbox::push_pong(std::string payload) {
  if (!takes_messages()) return;
  flush();  // what the peer has said before comes before, where the socket takes it
  const auto begun = [](const message& m) { return m.is == kind::handshake || m.is == kind::lost; };
  const auto behind_first = queue_.empty() ? queue_.end() : std::next(queue_.begin());
  auto here = std::find_if_not(behind_first, queue_.end(), begun);
  if (here != queue_.end() && here->is == kind::pong) here = remove(here);
  insert(here, {kind::pong, std::move(payload), {}, {}, {}});
  flush();
}

void outbox::close(close_reason why) {
  close_quietly(std::move(why));
  flush();
}

void outbox::close_quietly(close_reason why) {
  if (closed_) return;
  push_close(why.code, why.text);
  closed_ = std::move(why);
}

void outbox::close_in_answer(close_reason why) {
  if (closed_) return;
  if (why.code != close_code::abnormal)
    push_close(why.code == close_code::no_status ? std::uint16_t{close_code::normal} : why.code,
               {});
  closed_ = std::move(why);
  flush();  // also to one that is gone: it may have said its last word, and still listen
}

void outbox::push_close(std::uint16_t code, std::string_view text) {
  if (!takes_messages()) return;
  std::string payload{static_cast<char>(code >> 8U), static_cast<char>(code & 0xffU)};
  payload += text;
  insert(queue_.end(), {kind::close, std::move(payload), {}, {}, {}});
}

void outbox::abandon() {
  abandoned_ = true;
  changed_.cancel();
}

task<void> outbox::room_for_echo() {
  if (!has_room_for_echo()) flush();
  while (!has_room_for_echo() && !abandoned_) co_await changed_.async_wait(no_throw);
}

task<void> outbox::emptied() {
  while (!queue_.empty() && !abandoned_) co_await changed_.async_wait(no_throw);
}

void outbox::pop() {
  const message& sent = queue_.front();
  const bool is_event = sent.is == kind::event;
  if (is_event || is_echo(sent) || sent.is == kind::lost) {
    ++sent_;
    ++counts_.messages_sent;
    counts_.messages_sent_bytes += sent.bytes().size();
  }
  if (is_event) counts_.pushed(steady_clock::now() - sent.due);
  remove(queue_.begin());
  changed_.cancel();
}

std::size_t outbox::waiting_bytes() const {
  const bool first_is_event = !queue_.empty() && queue_.front().is == kind::event;
  return event_bytes_ - (first_is_event ? queue_.front().bytes().size() : 0);
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

/// Where they would have come. What it says grows until it is the first in the queue.
void outbox::tell_lost(std::uint64_t count) {
  const auto here = std::next(queue_.begin());
  if (here == queue_.end() || here->is != kind::lost) lost_ = 0;
  lost_ += count;
  const auto behind = here != queue_.end() && here->is == kind::lost ? remove(here) : here;
  insert(behind, {kind::lost, lost_event_text(lost_), {}, {}, {}});
}

void outbox::insert(queue::const_iterator before, message another) {
  const message& m = *queue_.insert(before, std::move(another));
  const auto size = m.bytes().size();
  bytes_ += size;
  if (m.is == kind::event) event_bytes_ += size;
  if (is_echo(m)) echo_bytes_ += echo_size(m);
  counts_.queue_bytes += size;
  counts_.queue_high_water_bytes = std::max<std::uint64_t>(counts_.queue_high_water_bytes, bytes_);
}

outbox::queue::iterator outbox::remove(queue::const_iterator which) {
  const auto size = which->bytes().size();
  bytes_ -= size;
  if (which->is == kind::event) event_bytes_ -= size;
  if (is_echo(*which)) echo_bytes_ -= echo_size(*which);
  counts_.queue_bytes -= size;
  return queue_.erase(which);
}

}  // namespace ws_demo
