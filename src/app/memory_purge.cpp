#include "app/memory_purge.hpp"

#ifdef WS_DEMO_JEMALLOC
#include <jemalloc/jemalloc.h>
#endif

#include <boost/asio/post.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <new>

#ifdef WS_DEMO_JEMALLOC
/// How jemalloc is to be set up, which looks for this name (jemalloc(3), TUNING). One arena and
/// larger caches, because one thread does nearly all. Small blocks lie in slabs of 8
/// pages: what jemalloc knows about a slab, it never gives back.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): so it is declared there
const char* malloc_conf =
    "dirty_decay_ms:1000,muzzy_decay_ms:0,narenas:1,slab_sizes:48-512:8,"
    "tcache_max:131072,tcache_nslots_small_max:1000,lg_tcache_nslots_mul:4";
#endif

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

#ifdef WS_DEMO_JEMALLOC
std::size_t statistic(const char* name) {
  std::size_t value = 0;
  std::size_t size = sizeof value;
  ::mallctl(name, &value, &size, nullptr, 0);
  return value;
}
#endif

constexpr auto interval = 250ms;
constexpr int intervals_between_flushes = 4;

/// Gives back what has been unused for dirty_decay_ms; and all at once where it is much, as between
/// two waves of a storm: it would be resident beside what the second needs.
void purge() {
#ifdef WS_DEMO_JEMALLOC
  constexpr std::size_t most_kept_bytes = std::size_t{16} << 20;
  std::uint64_t refresh = 1;
  ::mallctl("epoch", nullptr, nullptr, &refresh, sizeof refresh);
  const bool is_much =
      statistic("stats.arenas.0.pdirty") * statistic("arenas.page") > most_kept_bytes;
  ::mallctl(is_much ? "arena.0.purge" : "arena.0.decay", nullptr, nullptr, nullptr, 0);
#endif
}

/// Of the thread that calls it.
void flush_cache() {
#ifdef WS_DEMO_JEMALLOC
  ::mallctl("thread.tcache.flush", nullptr, nullptr, nullptr, 0);
#endif
}

}  // namespace

memory_purge::memory_purge(boost::asio::io_context& loop)
    : loop_(loop), thread_([this](const std::stop_token& stop) { run(stop); }) {}

void memory_purge::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  for (int count = 1; !stop.stop_requested(); ++count) {
    stopped_.wait_for(lock, stop, interval, [] { return false; });
    purge();
    if (count < intervals_between_flushes) continue;
    try {
      boost::asio::post(loop_, flush_cache);
      count = 0;
    } catch (const std::bad_alloc&) {
      continue;  // it is tried again after the next interval
    }
  }
}

}  // namespace ws_demo
