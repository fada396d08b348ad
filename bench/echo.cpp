#include "run.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ws_bench {
namespace {

constexpr std::size_t smallest_limit = std::size_t{64} << 10;
constexpr std::size_t windows = 4096;

/// Text without a `{`, so that no message is taken for an event.
std::string random_text(std::size_t size) {
  constexpr std::string_view letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .";
  std::string text(size, ' ');
  std::uint32_t state = 88172645;
  for (char& c : text) {
    state = state * 1664525 + 1013904223;
    c = letters[state >> 26];
  }
  return text;
}

/// Keeps so many messages of each peer in flight, and compares what comes back.
class talkers : public peer_events {
 public:
  talkers(const options& o)
      : size_(o.message_bytes),
        pipeline_(o.pipeline),
        text_(random_text(windows + size_)),
        flights_(o.peers),
        sent_at_(std::size_t{o.peers} * o.pipeline) {}

  void talk(client& c) {
    client_ = &c;
    talking = true;
    for (peer& p : c.peers())
      if (p.now == peer::state::open) on_pause(p);
  }

  void on_message(peer& p, opcode kind, std::string_view message, clock::time_point now) override {
    if (kind == opcode::text && message.starts_with('{')) return;  // an event
    flight& f = flights_[p.index];
    if (f.back == f.sent || kind != opcode::text || message != text(p, f.back)) {
      ++wrong;
      if (f.back == f.sent) return;
    }
    if (measuring) {
      ++messages;
      round_trips.add(now - stamp(p, f.back));
    }
    ++f.back;
    --in_flight;
  }

  void on_pause(peer& p) override {
    if (!talking) return;
    flight& f = flights_[p.index];
    const std::uint64_t first = f.sent;
    frames_.clear();
    for (; f.sent - f.back < pipeline_; ++f.sent)
      append_frame(frames_, opcode::text, text(p, f.sent), client_->fresh_mask());
    if (frames_.empty()) return;
    const auto now = clock::now();
    for (std::uint64_t i = first; i < f.sent; ++i) stamp(p, i) = now;
    in_flight += f.sent - first;
    client_->send(p, frames_);
  }

  bool talking = false;
  bool measuring = false;
  std::uint64_t messages = 0;
  std::uint64_t wrong = 0;
  std::uint64_t in_flight = 0;
  histogram round_trips;

 private:
  struct flight {
    std::uint64_t sent = 0;
    std::uint64_t back = 0;
  };

  /// Neighbours differ, and so do peers.
  std::string_view text(const peer& p, std::uint64_t number) const {
    return std::string_view(text_).substr((std::size_t{p.index} * 131 + number * 31) % windows,
                                          size_);
  }

  clock::time_point& stamp(const peer& p, std::uint64_t number) {
    return sent_at_[std::size_t{p.index} * pipeline_ + number % pipeline_];
  }

  std::size_t size_;
  std::uint32_t pipeline_;
  std::string text_;
  std::vector<flight> flights_;
  std::vector<clock::time_point> sent_at_;
  std::string frames_;
  client* client_ = nullptr;
};

}  // namespace

outcome run_echo(const options& o) {
  talkers all(o);
  client c(o, o.peers, std::max(o.message_bytes, smallest_limit), all);
  const auto before = mark::now(o);
  connect_all(c, o);
  all.talk(c);
  spend(c, o.settle, "warming up");
  span_of_time span{.begin = mark::now(o), .end = {}};
  all.measuring = true;
  spend(c, o.duration, "talking");
  span.end = mark::now(o);
  all.measuring = all.talking = false;
  spend(c, o.timeout, "waiting for the last of them", [&] { return all.in_flight == 0; });

  report r("echo");
  r.count("peers", "peers", c.open());
  r.count("size", "bytes of a message", o.message_bytes);
  r.count("pipeline", "in flight of each peer", o.pipeline);
  r.number("seconds", "measured", span.length(), "s", 2);
  r.count("messages", "messages", all.messages);
  r.number("messages_per_second", "messages a second", span.a_second(all.messages), "", 0);
  r.number("megabytes_per_second", "each way", span.a_second(all.messages * o.message_bytes) * 1e-6,
           "MB/s", 1);
  tell_times(r, "round_trip", "round trip", all.round_trips, true);
  r.count("wrong", "not what was sent", all.wrong);
  r.count("lost", "never came back", all.in_flight);
  tell_costs(r, span, all.messages, "message");
  tell_memory(r, before.server, span.end.server, c.open());
  return finished(std::move(r), c,
                  {{all.wrong, "echoes were not what was sent"},
                   {interrupted() ? 0 : all.in_flight, "echoes never came"}});
}

}  // namespace ws_bench
