#include "process.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <fstream>

namespace ws_bench {

std::optional<usage> usage_of(pid_t process) {
  // Its CPU clock counts nanoseconds; /proc/PID/stat would count ticks of ten milliseconds.
  clockid_t cpu_clock{};
  timespec time{};
  if (::clock_getcpuclockid(process, &cpu_clock) != 0 || ::clock_gettime(cpu_clock, &time) != 0)
    return std::nullopt;

  std::ifstream file(fmt::format("/proc/{}/statm", process));
  std::uint64_t all_pages = 0;
  std::uint64_t resident_pages = 0;
  if (!(file >> all_pages >> resident_pages)) return std::nullopt;
  return usage{
      .cpu = std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec),
      .resident_bytes = resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))};
}

std::uint64_t raise_descriptor_limit(std::uint64_t wanted) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= wanted) return limit.rlim_cur;
  // Over the hard limit only where the system lets us, which is for root.
  const rlimit higher{.rlim_cur = wanted, .rlim_max = std::max<rlim_t>(limit.rlim_max, wanted)};
  if (::setrlimit(RLIMIT_NOFILE, &higher) == 0) return wanted;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace ws_bench
