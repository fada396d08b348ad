#pragma once

// The epoch of a log that begins: by it, ids of other logs are told apart.

#include <fmt/format.h>

#include <random>
#include <string>

namespace ws_demo {

inline std::string random_epoch() {
  return fmt::format("{:08x}", std::random_device{}());
}

}  // namespace ws_demo
