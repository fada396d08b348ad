#include "publisher.hpp"
#include "run.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace ws_bench {
namespace {

/// With the server's own text around it.
constexpr std::size_t largest_event = std::size_t{1} << 20;

// What was published is passed on as it was, within the server's own text.
constexpr std::string_view before_payload = R"({"topic":"bench","payload":)";
constexpr std::string_view before_number = R"({"event":)";

/// Something like what services have to tell: rows whose values differ.
std::string payload(std::size_t number, std::size_t least_bytes) {
  auto text =
      fmt::format(R"({}{},"text":"what all who listen get to hear")", before_number, number);
  if (text.size() < least_bytes) {
    text += R"(,"rows":[)";
    std::minstd_rand values(static_cast<std::minstd_rand::result_type>(number));
    while (text.size() < least_bytes)
      text += fmt::format(R"({{"id":{},"price":{:.2f},"change":{:.3f}}},)", values() % 1'000'000,
                          static_cast<double>(values() % 100'000) / 100,
                          static_cast<double>(values() % 10'000) / 1000);
    text.back() = ']';
  }
  text += '}';
  return text;
}

/// Checks that everyone gets each event once and in order, and times the first, the middle and the
/// last of each event's deliveries.
class subscribers : public peer_events {
 public:
  explicit subscribers(const options& o) : next_(o.peers) {}

  void published(std::string payload, clock::time_point when) {
    events_.push_back({.payload = std::move(payload), .when = when});
  }
  std::size_t events() const { return events_.size(); }

  void on_message(peer& p, opcode kind, std::string_view message, clock::time_point now) override {
    if (kind == opcode::text && (message.starts_with(R"({"topic":"random")") ||
                                 message.starts_with(R"({"topic":"$position")")))
      return;
    std::size_t number = 0;
    const bool ours = kind == opcode::text && message.starts_with(before_payload) &&
                      message.substr(before_payload.size()).starts_with(before_number);
    if (ours) {
      const char* const digits = message.data() + before_payload.size() + before_number.size();
      std::from_chars(digits, message.data() + message.size(), number);
    }
    if (!ours || number >= events_.size() ||
        !message.substr(before_payload.size()).starts_with(events_[number].payload)) {
      ++wrong;
      return;
    }
    std::size_t& next = next_[p.index];
    if (number < next) {
      ++out_of_order;
      return;
    }
    next = number + 1;
    ++deliveries;
    one& event = events_[number];
    ++event.deliveries;
    const auto took = now - event.when;
    if (event.deliveries == 1) first.add(took);
    if (event.deliveries == (next_.size() + 1) / 2) middle.add(took);
    if (event.deliveries == next_.size()) last.add(took);
  }

  std::uint64_t missing() const { return events_.size() * next_.size() - deliveries; }

  std::uint64_t deliveries = 0;
  std::uint64_t wrong = 0;
  std::uint64_t out_of_order = 0;
  histogram first;
  histogram middle;
  histogram last;

 private:
  struct one {
    std::string payload;
    clock::time_point when;
    std::size_t deliveries = 0;
  };

  std::vector<one> events_;
  std::vector<std::size_t> next_;  // event of each subscriber
};

/// Publishes at the given rate. One that waits for the answer to the one before comes late, and its
/// time counts from when it was sent.
std::uint64_t publish_all(client& c, publisher& p, subscribers& all, const options& o) {
  progress line;
  std::uint64_t late = 0;
  const auto began = clock::now();
  const auto period = std::chrono::duration_cast<clock::duration>(seconds(1 / o.events_per_second));
  const auto wanted =
      static_cast<std::size_t>(std::max(1.0, std::round(o.duration.count() * o.events_per_second)));
  const auto end = began + std::chrono::duration_cast<clock::duration>(o.duration);
  while (all.events() < wanted && !interrupted()) {
    const auto now = clock::now();
    const auto due = began + period * static_cast<clock::rep>(all.events());
    if (now >= end) break;
    if (p.ready() && now >= due) {
      if (now > due + period) ++late;
      // It is known before it can arrive.
      const auto text = payload(all.events(), o.event_bytes);
      all.published(text, now);
      p.publish(text);
    }
    c.turn(p.ready() ? due : end);
    line.show([&] { return fmt::format("published {}/{} events", all.events(), wanted); });
  }
  return late;
}

}  // namespace

outcome run_fanout(const options& o) {
  subscribers all(o);
  client c(o, o.peers, largest_event, all);
  publisher p(c, o);
  const auto before = mark::now(o);
  connect_all(c, o);
  spend(c, o.settle, "settling");
  span_of_time span{.begin = mark::now(o), .end = {}};
  const auto bytes_before = c.frame_bytes();
  std::uint64_t late = 0;
  if (!interrupted()) late = publish_all(c, p, all, o);
  spend(c, o.timeout, "waiting for the last of them",
        [&] { return all.missing() == 0 && p.ready(); });
  span.end = mark::now(o);

  report r("fanout");
  r.count("peers", "subscribers", c.open());
  r.number("seconds", "measured", span.length(), "s", 2);
  r.count("events", "events published", all.events());
  r.count("late", "published late", late);
  r.count("deliveries", "deliveries", all.deliveries);
  r.number("frame_bytes_per_delivery", "bytes on the wire a delivery",
           static_cast<double>(c.frame_bytes() - bytes_before) /
               static_cast<double>(std::max<std::uint64_t>(all.deliveries, 1)),
           "", 0);
  r.count("lost", "lost", all.missing());
  r.count("out_of_order", "again or out of order", all.out_of_order);
  tell_times(r, "first", "until the first has it", all.first);
  tell_times(r, "median", "until half of them have it", all.middle);
  tell_times(r, "last", "until all of them have it", all.last, true);
  tell_costs(r, span, all.deliveries, "delivery");
  tell_memory(r, before.server, span.end.server, c.open());
  return finished(std::move(r), c,
                  {{all.wrong, "messages were no events that were published"},
                   {all.out_of_order, "events came again or out of order"},
                   {interrupted() ? 0 : all.missing(), "deliveries were lost"}});
}

}  // namespace ws_bench
