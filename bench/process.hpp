#pragma once

#include "histogram.hpp"

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace ws_bench {

/// What a process has used of the machine so far.
struct usage {
  seconds cpu{0};  // user and system, of all its threads, also of those that ended
  std::uint64_t resident_bytes = 0;
};

/// @return nothing where there is no such process.
std::optional<usage> usage_of(pid_t process);

/// Makes sure that this process may have so many descriptors open.
/// @return how many it may have, which is less where the system does not allow it.
std::uint64_t raise_descriptor_limit(std::uint64_t wanted);

}  // namespace ws_bench
