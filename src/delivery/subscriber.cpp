#include "delivery/subscriber.hpp"

#include "common/request_target.hpp"
#include "common/text.hpp"
#include "events/event.hpp"

#include <boost/beast/websocket/rfc6455.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <new>
#include <random>
#include <utility>

namespace ws_demo {
namespace {

using boost::beast::websocket::close_code;

/// Of a replay while memory is short, which many that read slowly would fill with their pages.
constexpr std::size_t page_bytes_if_short = std::size_t{16} << 10;

/// Who asks is named by somebody else, at any length.
constexpr std::size_t max_logged_subject_bytes = 64;

/// Servers that share a log have its events at about the same time.
constexpr auto unseen_patience = std::chrono::seconds(10);

std::uint32_t random_number() {
  thread_local std::mt19937 generator{std::random_device{}()};
  return static_cast<std::uint32_t>(generator());
}

}  // namespace

subscriber::subscriber(connection& c, const delivery_context& d, subscription s,
                       keep_alive::liveness shown_by, framing f)
    : link(c),
      context(d),
      queue(*this, d.limits, d.counts, d.messages),
      writer(c, queue, std::move(f)),
      keep_alive_(d.limits, shown_by),
      wanted_(std::move(s)),
      wanted_memory_(&d.messages.memory(), heap_bytes_of(wanted_)) {
  link.set_handler(this);
}

subscriber::~subscriber() {
  link.set_handler(nullptr);
  if (is_counted_) log_closed();
}

void subscriber::start() {
  started_ = true;
  if (wanted_.since || wanted_.last > 0) {
    recovery_ = std::make_unique<recovery>(context.events, wanted_);
    continue_replay();
    return;
  }
  const auto position = context.events.position();
  if (asks_for_published(wanted_)) {
    const auto id = to_string(position);
    enqueue_own(position_event_text(id), id);
    queue.flush();
  }
  join(position.number);
}

void subscriber::refuse(close_reason why) {
  started_ = true;
  queue.close(std::move(why));
}

void subscriber::join(std::uint64_t after) {
  membership_.emplace(context.events, queue, wanted_.patterns, after);
  if (after > context.events.position().number) unseen_ = after;
  if (wanted_.random) context.ticks.add(*this);
}

void subscriber::enqueue_own(std::string text, std::string id) {
  queue.enqueue(make_event(std::move(text), std::move(id)), steady_clock::now());
}

void subscriber::push_random(steady_clock::time_point due) {
  queue.push_event(random_event_text(random_number()), due);
}

/// With the last page it joins the hub in the same turn, so that no event is missed or doubled.
void subscriber::run_slice() try {
  if (queue.closed() || queue.aborted()) return;
  if (recovery_->epoch != context.events.epoch()) begin_replay_anew();
  const bool is_last = enqueue_page();
  const auto position = recovery_->events.position();
  if (is_last) recovery_.reset();
  queue.flush();
  if (is_last)
    join(position);  // comes last: the first tick may end the subscriber
  else
    continue_replay();
} catch (const std::bad_alloc&) {
  queue.fail();
}

/// The position comes first, with the gap if there is one, and has the queue for itself, as a large
/// event needs it.
bool subscriber::enqueue_page() {
  recovery& r = *recovery_;
  const auto id_of = [this](std::uint64_t number) {
    return to_string(event_id{context.events.epoch(), number});
  };
  if (r.events.lost_some() && r.gap.empty())
    r.gap = "the history went on before all of it was sent";
  if (!r.gap.empty()) {
    ++context.counts.gaps;
    const auto id = id_of(r.events.position());
    enqueue_own(gap_event_text(std::exchange(r.gap, {}), id), id);
    r.is_position_told = true;
    return false;
  }
  if (!std::exchange(r.is_position_told, true)) {
    r.events.skip_unwanted();
    const auto id = id_of(r.events.position());
    enqueue_own(position_event_text(id), id);
    return false;
  }
  auto most = context.limits.max_queue_bytes / 2;
  if (context.messages.memory().is_tight()) most = std::min(most, page_bytes_if_short);
  const auto page = r.events.next(most, send_queue::overhead_bytes);
  const auto now = steady_clock::now();
  for (const auto& event : page.events) queue.enqueue(event, now);
  r.count += page.events.size();
  if (page.is_last) {
    ++context.counts.recoveries;
    const auto id = id_of(r.events.position());
    enqueue_own(recovered_event_text(r.count, id), id);
  }
  return page.is_last;
}

void subscriber::give_up_unseen() {
  const auto position = context.events.position();
  if (std::exchange(unseen_, 0) <= position.number) return;
  ++context.counts.gaps;
  const auto id = to_string(position);
  enqueue_own(gap_event_text("there has been no such event", id), id);
  enqueue_own(recovered_event_text(0, id), id);
  queue.flush();
  membership_.reset();
  membership_.emplace(context.events, queue, wanted_.patterns, position.number);
}

void subscriber::begin_replay_anew() {
  recovery_ = std::make_unique<recovery>(context.events, wanted_);
  recovery_->gap = "the event log began anew meanwhile";
}

void subscriber::continue_replay() {
  if (recovery_ && !queue.has_events() && !queue.closed()) context.long_work.enqueue(*this);
}

void subscriber::on_readable() noexcept try {
  if (started_) send();  // the handshake comes first
} catch (const std::bad_alloc&) {
  queue.fail();
}

void subscriber::send() {
  writer.write();
  continue_replay();
  if (queue.closed() && queue.empty() && !std::exchange(close_sent_, true)) {
    link.set_deadline(context.limits.close_timeout);
    if (keep_alive_.shown_by() == keep_alive::liveness::acknowledges) {  // answers no close
      queue.abort();
      link.cancel();
    }
  }
  on_progress();
}

void subscriber::check(steady_clock::time_point now) {
  if (queue.aborted()) {  // perhaps for want of memory, and nobody has been told
    link.cancel();
    on_progress();
    return;
  }
  if (now >= expires_at_) queue.close({close_code::policy_error, "token expired"});
  if (unseen_ > 0 && !queue.closed() && now >= opened_at_ + unseen_patience) give_up_unseen();
  if (queue.closed() && !link.shutting_down() && !link.has_deadline())
    link.set_deadline(context.limits.close_timeout);
  const auto action = keep_alive_.check(link, now);
  if (action == keep_alive::action::ping) {
    queue.push_ping();
  } else if (action == keep_alive::action::give_up) {
    queue.close_from_peer({close_code::abnormal, "nothing came back"});
    link.abort();
  }
}

void subscriber::shut_down() {
  queue.close({close_code::going_away, "server is shutting down"});
}

void subscriber::out_of_memory() {
  queue.close({close_code::try_again_later, "the server is out of memory"});
}

void subscriber::stuck() {
  queue.close_from_peer({close_code::abnormal, "nothing was taken"});
}

void subscriber::set_opened(std::string_view target, const peer_identity& who) {
  is_counted_ = true;
  expires_at_ = who.expires_at;
  ++context.counts.peers_accepted;
  auto line = fmt::format("peer={} path={}", link.peer(), printable(split_target(target).path));
  if (!who.subject.empty())
    line += fmt::format(" sub=\"{}\"", printable(who.subject, max_logged_subject_bytes));
  context.log.write(spdlog::level::info, "peer opened", line);
}

void subscriber::log_closed() noexcept try {
  const auto& why = queue.closed();  // nothing where an exception ended it
  const std::uint16_t code = why ? why->code : std::uint16_t{close_code::internal_error};
  context.counts.closed(code);
  const std::chrono::duration<double> lasted = steady_clock::now() - opened_at_;
  context.log.write(
      spdlog::level::info, "peer closed",
      fmt::format("peer={} code={} reason=\"{}\" in={} out={} duration={:.3f}s", link.peer(), code,
                  why ? why->text : "failed", received, queue.sent(), lasted.count()));
} catch (const std::bad_alloc&) {
  ++context.counts.log_lines_left_out;
}

}  // namespace ws_demo
