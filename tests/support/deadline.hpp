#pragma once

#include <chrono>

namespace ws_demo::testing {

/// How long a test waits for what must happen. Only a failure ever waits this long.
inline constexpr std::chrono::seconds patience{20};

}  // namespace ws_demo::testing
