#pragma once

// How much memory there is for this process.

#include <cstddef>
#include <filesystem>
#include <string_view>

namespace ws_demo {

/// Bytes of memory that the system has, or that the control groups of this process allow where that
/// is less (cgroups(7); memory.max of version 2, memory.limit_in_bytes of version 1).
std::size_t available_memory();

// Declared for its test.

/// The smallest limit of a group and those that it is in; the largest number there is where none
/// has a limit.
/// @param groups of the process, the text of /proc/self/cgroup
/// @param mounted_at where the groups are as files, mostly /sys/fs/cgroup
std::size_t memory_limit_of_groups(std::string_view groups,
                                   const std::filesystem::path& mounted_at);

}  // namespace ws_demo
