#include "http/readiness.hpp"

namespace ws_demo {

std::string_view not_ready(const server_context& server) {
  if (server.draining) return "draining";
  if (server.admitted.is_full()) return "full";
  if (server.memory.is_tight()) return "memory";
  const auto log = server.stored_in->state();
  const bool has_failed = !log.failure.empty() &&
                          steady_clock::now() >= log.failed_at + server.limits.log_failure_patience;
  if (!log.is_filled || has_failed) return "log";
  return {};
}

}  // namespace ws_demo
