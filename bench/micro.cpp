// What the steps of a push cost, one by one, without sockets (Google Benchmark).
//
//   micro [--benchmark_filter=REGEX]

#include "common/memory_budget.hpp"
#include "common/metrics.hpp"
#include "delivery/send_queue.hpp"
#include "events/event.hpp"
#include "events/hub.hpp"
#include "events/json_text.hpp"
#include "events/memory_log.hpp"
#include "websocket/frame.hpp"
#include "ws_demo/options.hpp"

#include <benchmark/benchmark.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <cstdint>
#include <list>
#include <memory>
#include <string>

namespace ws_demo {
namespace {

void event_to_text(benchmark::State& state) {
  std::uint32_t number = 0;
  while (state.KeepRunning()) benchmark::DoNotOptimize(random_event_text(++number));
}
BENCHMARK(event_to_text);

/// A payload is checked before it is published.
void payload_checked(benchmark::State& state) {
  std::string payload = "[0";
  while (payload.size() < static_cast<std::size_t>(state.range(0)))
    payload += R"(,{"bid":1.0845,"ask":1.0847,"at":"2026-11-23T12:00:00Z"})";
  payload += ']';
  while (state.KeepRunning()) benchmark::DoNotOptimize(json_error(payload));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(payload.size()));
}
BENCHMARK(payload_checked)->Arg(64)->Arg(4096)->Arg(65536);

/// Frames what is queued at once, as a socket that takes everything would have it.
class consumer final : private send_queue::consumer {
 public:
  consumer(const options& limits, metrics& counts) : queue(*this, limits, counts, pool_) {}

 private:
  asio::io_context io_{1};
  round_robin turns_{io_.get_executor()};
  memory_budget memory_{std::size_t{1} << 30};
  message_pool pool_{turns_, memory_};

 public:
  send_queue queue;

 private:
  void on_readable() noexcept override {
    while (!queue.empty()) {
      benchmark::DoNotOptimize(websocket_frame(*queue.begin()));
      queue.pop();
    }
  }
};

/// From an event to a frame.
void through_a_send_queue(benchmark::State& state) {
  const options limits;
  metrics counts;
  consumer to(limits, counts);
  const auto e = make_event(random_event_text(1));
  while (state.KeepRunning()) to.queue.push_event(e, steady_clock::now());
}
BENCHMARK(through_a_send_queue);

struct subscriber_of_all {
  subscriber_of_all(const options& limits, metrics& counts, hub& center)
      : to(limits, counts), member(center, to.queue, {"prices"}) {}

  consumer to;
  hub::membership member;
};

/// One event, until all its subscribers have taken it.
void hub_to_subscribers(benchmark::State& state) {
  asio::io_context io{1};
  const options limits;
  metrics counts;
  memory_budget memory{std::size_t{1} << 30};
  hub center(io.get_executor(), limits, memory);
  memory_log log;
  log.open(center);
  asio::co_spawn(io, center.flush_pending(), asio::detached);
  std::list<subscriber_of_all> all;
  for (std::int64_t i = 0; i < state.range(0); ++i) all.emplace_back(limits, counts, center);
  io.poll();
  while (state.KeepRunning()) {
    log.append_now("prices", R"({"eur":1.0845,"usd":1})");
    io.restart();
    io.poll();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  center.stop();
  io.restart();
  io.poll();
}
BENCHMARK(hub_to_subscribers)->Arg(1)->Arg(1000)->Arg(10'000);

}  // namespace
}  // namespace ws_demo

BENCHMARK_MAIN();
