#include "common/limited_log.hpp"

#include "common/text.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <exception>
#include <utility>

namespace ws_demo {

using namespace std::chrono_literals;

limited_log::limited_log(metrics& counts) : counts_(counts), to_(spdlog::default_logger()) {}

limited_log::~limited_log() {
  flush(std::chrono::steady_clock::time_point::max());
}

void limited_log::write(spdlog::level::level_enum level, std::string_view kind,
                        std::string_view details) noexcept try {
  if (!to_->should_log(level)) return;
  auto found = tallies_.find(kind);
  if (found == tallies_.end()) found = tallies_.emplace(kind, tally{level}).first;
  if (admit(kind, found->second)) to_->log(level, "{} {}", kind, details);
} catch (const std::exception&) {
  ++counts_.log_lines_left_out;
}

void limited_log::refuse(std::string_view reason, std::string_view peer,
                         std::string_view detail) noexcept try {
  ++counts_.refused.try_emplace(std::string(reason)).first->second;
  write(spdlog::level::warn, fmt::format("refused reason={}", reason),
        fmt::format("peer={} detail=\"{}\"", peer, printable(detail)));
} catch (const std::bad_alloc&) {
  ++counts_.log_lines_left_out;
}

void limited_log::flush(std::chrono::steady_clock::time_point now) {
  for (auto& [kind, t] : tallies_)
    if (now >= t.began + 1s) tell_left_out(kind, t);
}

bool limited_log::admit(std::string_view kind, tally& t) {
  const auto now = std::chrono::steady_clock::now();
  if (now >= t.began + 1s) {
    tell_left_out(kind, t);
    t.began = now;
    t.logged = 0;
  }
  if (t.logged < max_log_lines_per_second) {
    ++t.logged;
    return true;
  }
  ++t.left_out;
  ++counts_.log_lines_left_out;
  return false;
}

void limited_log::tell_left_out(std::string_view kind, tally& t) {
  if (t.left_out > 0) to_->log(t.level, "{} not_logged={}", kind, std::exchange(t.left_out, 0));
}

}  // namespace ws_demo
