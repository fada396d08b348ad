#include "ws_demo/refusals.hpp"

#include "ws_demo/text.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>

namespace ws_demo {

using namespace std::chrono_literals;

void refusals::note(std::string_view reason, std::string_view peer, std::string_view detail) {
  auto& of_this = tallies_.try_emplace(std::string(reason)).first->second;
  ++of_this.untold;
  ++counts_.refused.try_emplace(std::string(reason)).first->second;
  of_this.last = fmt::format("peer={} detail=\"{}\"", peer, printable(detail));
  tell(reason, of_this);
}

void refusals::tell() {
  for (auto& [reason, of_this] : tallies_) tell(reason, of_this);
}

void refusals::tell(std::string_view reason, tally& of_this) {
  const auto now = steady_clock::now();
  if (of_this.untold == 0 || now < of_this.told_at + 1s) return;
  spdlog::warn("refused reason={} count={} {}", reason, of_this.untold, of_this.last);
  of_this.untold = 0;
  of_this.told_at = now;
}

}  // namespace ws_demo
