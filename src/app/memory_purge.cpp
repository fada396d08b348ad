#include "app/memory_purge.hpp"

#ifdef WS_DEMO_JEMALLOC
#include <jemalloc/jemalloc.h>
#endif

#include <chrono>

#ifdef WS_DEMO_JEMALLOC
/// How jemalloc is to be set up, which looks for this name (jemalloc(3), TUNING). One arena and
/// larger caches, because one thread does nearly all.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): so it is declared there
const char* malloc_conf =
    "dirty_decay_ms:1000,muzzy_decay_ms:0,narenas:1,"
    "tcache_max:131072,tcache_nslots_small_max:1000,lg_tcache_nslots_mul:4";
#endif

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

/// Gives back what has been unused for dirty_decay_ms.
void purge() {
#ifdef WS_DEMO_JEMALLOC
  ::mallctl("arena.0.decay", nullptr, nullptr, nullptr, 0);
#endif
}

}  // namespace

memory_purge::memory_purge() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

void memory_purge::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    stopped_.wait_for(lock, stop, 250ms, [] { return false; });
    purge();
  }
}

}  // namespace ws_demo
