#include "ws_demo/subscriber.hpp"

#include "ws_demo/event.hpp"
#include "ws_demo/text.hpp"

#include <boost/beast/websocket/rfc6455.hpp>
#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

namespace ws_demo {

using boost::beast::websocket::close_code;

subscriber::subscriber(connection& c, const options& o, metrics& m, subscription s,
                       connection::manner w, framing as)
    : link(c),
      limits(o),
      counts(m),
      wanted(std::move(s)),
      box(*this, c.get_executor(), o, m),
      out(c, box, std::move(as)),
      way_(w) {
  link.set_outbox(&box, way_);
}

void subscriber::start(sources& from) {
  from_ = &from;
  if (wanted.since || wanted.last > 0) {
    missed_ = std::make_unique<missed>(from.center, wanted);
    go_on_replaying();
  } else {
    join();
  }
  box.flush();
}

void subscriber::join() {
  subscribed_.emplace(from_->center, box, wanted.patterns);
  if (wanted.random) beat_.emplace(from_->random, box);
}

/// When it has missed nothing more, it joins in the same turn: so it misses nothing between the
/// two, and gets nothing twice.
void subscriber::take_turn() {
  if (box.closed()) return;
  if (push_page()) {
    missed_.reset();
    join();
  }
  box.flush();
  go_on_replaying();
}

bool subscriber::push_page() {
  const auto push = [this](shared_text text) {
    box.push_event_quietly(std::move(text), steady_clock::now());
  };
  if (missed_->events.lost_some() && missed_->gap.empty())
    missed_->gap = "the history went on before all of it was sent";
  if (!missed_->gap.empty()) {
    ++counts.gaps;
    push(std::make_shared<const std::string>(gap_event_text(std::exchange(missed_->gap, {}))));
    return false;
  }
  const auto page = missed_->events.next();
  for (const auto& event : page.events) push(event);
  missed_->count += page.events.size();
  if (page.is_last) {
    ++counts.recoveries;
    push(std::make_shared<const std::string>(recovered_event_text(missed_->count)));
  }
  return page.is_last;
}

void subscriber::go_on_replaying() {
  if (missed_ && !box.has_events() && !box.closed()) from_->replays.ask(*this);
}

void subscriber::filled() {
  if (!from_) return;  // the handshake comes first
  out.send();
  go_on_replaying();
  if (box.closed() && box.messages().empty() && !std::exchange(said_close_, true)) {
    link.must_progress_within(limits.close_timeout);
    if (way_ == connection::manner::listens) {  // it has nothing to say to that
      box.abandon();
      link.cancel();
    }
  }
}

void subscriber::tell_opened(std::string_view target) {
  ++counts.peers_accepted;
  spdlog::info("peer opened peer={} target={}", link.peer(), printable(target));
}

void subscriber::tell_closed() {
  const auto why = box.closed().value_or(close_reason{close_code::internal_error, "failed"});
  counts.closed(why.code);
  const std::chrono::duration<double> lasted = steady_clock::now() - opened_;
  spdlog::info("peer closed peer={} code={} reason=\"{}\" in={} out={} duration={:.3f}s",
               link.peer(), why.code, why.text, received, box.sent(), lasted.count());
}

}  // namespace ws_demo
