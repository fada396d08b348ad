#include "run.hpp"

#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

namespace ws_bench {
namespace {

constexpr seconds late_by{0.010};

/// Listens to the pushes of all peers, and measures what lies between them.
class listeners : public peer_events {
 public:
  explicit listeners(const options& o) : interval_(o.interval), heard_(o.peers) {}

  void on_open(peer& p, clock::time_point now) override { heard_[p.index].last = now; }

  void on_message(peer& p, opcode kind, std::string_view message, clock::time_point now) override {
    if (kind != opcode::text || !message.starts_with(R"({"topic":")") || !message.ends_with('}')) {
      ++wrong;
      return;
    }
    one& heard = heard_[p.index];
    if (!heard.any) {
      first.add(now - heard.last);
    } else if (measuring) {
      note(now - heard.last);
    }
    heard.any = true;
    heard.last = now;
    if (measuring) ++messages;
  }

  /// Those who have been silent for too long, too, have lost something.
  void finish(client& c, clock::time_point now) {
    for (const peer& p : c.peers())
      if (p.now == peer::state::open) lost += missed(now - heard_[p.index].last);
  }

  bool measuring = false;
  std::uint64_t messages = 0;
  std::uint64_t wrong = 0;
  std::uint64_t lost = 0;
  std::uint64_t late = 0;
  std::uint64_t doubled = 0;
  histogram first;
  histogram intervals;

 private:
  struct one {
    clock::time_point last;  // message, or when it was opened
    bool any = false;
  };

  std::uint64_t missed(clock::duration silence) const {
    return static_cast<std::uint64_t>(std::max(0L, std::lround(silence / interval_) - 1));
  }

  void note(clock::duration since) {
    intervals.add(since);
    lost += missed(since);
    if (since > interval_ + late_by) ++late;
    if (since < interval_ / 2) ++doubled;
  }

  seconds interval_;
  std::vector<one> heard_;
};

}  // namespace

outcome run_push(const options& o) {
  listeners all(o);
  client c(o, o.peers, largest_push, all);
  const auto before = mark::now(o);
  const seconds connecting = connect_all(c, o);
  spend(c, o.settle, "settling");
  span_of_time span{.begin = mark::now(o), .end = {}};
  all.measuring = true;
  spend(c, o.duration, "listening");
  span.end = mark::now(o);
  all.finish(c, span.end.at);

  report r("push");
  r.count("peers", "peers", c.open());
  r.number("seconds", "measured", span.length(), "s", 2);
  r.number("connect_seconds", "time to connect them all", connecting.count(), "s", 3);
  tell_times(r, "first_event", "from 101 to first push", all.first, true);
  r.count("messages", "messages", all.messages);
  r.count("lost", "lost", all.lost);
  r.count("late", "late by over 10 ms", all.late);
  r.count("doubled", "after less than half an interval", all.doubled);
  tell_times(r, "interval", "interval", all.intervals, true);
  tell_costs(r, span, all.messages, "message");
  tell_memory(r, before.server, span.end.server, c.open());
  return finished(std::move(r), c,
                  {{all.wrong, "messages were no events"},
                   {all.lost, "pushes were lost"},
                   {all.doubled, "pushes came too early"}});
}

}  // namespace ws_bench
