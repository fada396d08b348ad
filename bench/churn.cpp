#include "run.hpp"

#include <string_view>
#include <utility>
#include <vector>

namespace ws_bench {
namespace {

constexpr std::chrono::milliseconds wait_after_failure{10};

/// Peers that leave as soon as they have heard something.
class visitors : public peer_events {
 public:
  explicit visitors(const options& o) : visits_(o.at_once) {}

  /// Sends those who are free to the server.
  void send_in(client& c) {
    client_ = &c;
    const auto now = clock::now();
    for (peer& p : c.peers()) {
      visit& v = visits_[p.index];
      if (p.now != peer::state::idle || now < v.not_before) continue;
      v.begun = now;
      v.heard = false;
      c.connect(p);
    }
  }

  void on_message(peer& p, opcode kind, std::string_view message, clock::time_point now) override {
    visit& v = visits_[p.index];
    if (kind != opcode::text || !message.starts_with('{')) ++wrong;
    if (measuring) first.add(now - v.begun);
    v.heard = true;
  }

  void on_pause(peer& p) override {
    if (visits_[p.index].heard) client_->close(p);
  }

  void on_closed(peer& p) override {
    if (!measuring) return;
    ++done;
    all.add(clock::now() - visits_[p.index].begun);
  }

  void on_lost(peer& p) override {
    visits_[p.index].not_before = clock::now() + wait_after_failure;
  }

  bool measuring = false;
  std::uint64_t done = 0;
  std::uint64_t wrong = 0;
  histogram first;
  histogram all;

 private:
  struct visit {
    clock::time_point begun;
    clock::time_point not_before;
    bool heard = false;
  };

  std::vector<visit> visits_;
  client* client_ = nullptr;
};

}  // namespace

outcome run_churn(const options& o) {
  visitors all(o);
  client c(o, o.at_once, largest_push, all);
  const auto keep_sending = [&] {
    all.send_in(c);
    return false;
  };
  spend(c, o.settle, "warming up", keep_sending);
  span_of_time span{.begin = mark::now(o), .end = {}};
  all.measuring = true;
  spend(c, o.duration, "coming and going", keep_sending);
  span.end = mark::now(o);

  report r("churn");
  r.count("at_once", "connections at once", o.at_once);
  r.number("seconds", "measured", span.length(), "s", 2);
  r.count("connections", "connections", all.done);
  r.number("connections_per_second", "connections a second", span.a_second(all.done), "", 0);
  tell_times(r, "first_event", "time to first event", all.first, true);
  tell_times(r, "whole", "and until closed", all.all);
  tell_costs(r, span, all.done, "connection");
  if (all.done == 0 && c.lost() == 0 && !interrupted())
    return {std::move(r), "not one connection was done"};
  return finished(std::move(r), c, {{all.wrong, "messages were no events"}});
}

}  // namespace ws_bench
