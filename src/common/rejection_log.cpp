#include "common/rejection_log.hpp"

#include "common/text.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>

namespace ws_demo {

using namespace std::chrono_literals;

void rejection_log::record(std::string_view reason, std::string_view peer,
                           std::string_view detail) {
  tally& t = tallies_.try_emplace(std::string(reason)).first->second;
  ++t.not_logged;
  ++counts_.refused.try_emplace(std::string(reason)).first->second;
  t.latest = fmt::format("peer={} detail=\"{}\"", peer, printable(detail));
  flush(reason, t);
}

void rejection_log::flush() {
  for (auto& [reason, t] : tallies_) flush(reason, t);
}

void rejection_log::flush(std::string_view reason, tally& t) {
  const auto now = std::chrono::steady_clock::now();
  if (t.not_logged == 0 || now < t.logged_at + 1s) return;
  spdlog::warn("refused reason={} count={} {}", reason, t.not_logged, t.latest);
  t.not_logged = 0;
  t.logged_at = now;
}

}  // namespace ws_demo
