#include "app/log.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace ws_demo {
namespace {

/// How many lines may wait to be written: those of several seconds, see limited_log.
constexpr std::size_t waiting_lines = 1024;

}  // namespace

void set_up_log(const std::string& level) {
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  spdlog::init_thread_pool(waiting_lines, 1);
  auto logger =
      std::make_shared<spdlog::async_logger>("ws-demo", std::move(sink), spdlog::thread_pool(),
                                             spdlog::async_overflow_policy::overrun_oldest);
  // spdlog's own handler would write to standard error on the thread that logs, and wait there.
  logger->set_error_handler([](const std::string&) {});
  logger->set_level(spdlog::level::from_str(level));
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace ws_demo
