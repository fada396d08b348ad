#include "common/system_memory.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>

namespace ws_demo {
namespace {

constexpr auto unlimited = std::numeric_limits<std::size_t>::max();

/// Of one group; a file that is not there, or says "max", is no limit.
std::size_t limit_in(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::size_t bytes = 0;
  return in >> bytes ? bytes : unlimited;
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Takes what is before the separator, or all, off the text.
std::string_view take_until(std::string_view& text, char separator) {
  const auto part = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

bool has_item(std::string_view list, std::string_view item) {
  while (!list.empty())
    if (take_until(list, ',') == item) return true;
  return false;
}

}  // namespace

std::size_t memory_limit_of_groups(std::string_view groups,
                                   const std::filesystem::path& mounted_at) {
  std::size_t smallest = unlimited;
  while (!groups.empty()) {  // hierarchy:controllers:path
    auto path = take_until(groups, '\n');
    take_until(path, ':');
    const auto controllers = take_until(path, ':');
    const bool is_version_1 = has_item(controllers, "memory");
    if (!is_version_1 && !controllers.empty()) continue;
    const auto root = is_version_1 ? mounted_at / "memory" : mounted_at;
    const char* const file = is_version_1 ? "memory.limit_in_bytes" : "memory.max";
    // In a container the path may be one of the host, of which only the root is to be seen.
    for (auto group = std::filesystem::path(path).relative_path(); !group.empty();
         group = group.parent_path())
      smallest = std::min(smallest, limit_in(root / group / file));
    smallest = std::min(smallest, limit_in(root / file));
  }
  return smallest;
}

std::size_t available_memory() {
  const auto pages = ::sysconf(_SC_PHYS_PAGES);
  const auto page_bytes = ::sysconf(_SC_PAGESIZE);
  const auto physical = pages > 0 && page_bytes > 0
                            ? static_cast<std::size_t>(pages) * static_cast<std::size_t>(page_bytes)
                            : unlimited;
  return std::min(physical, memory_limit_of_groups(text_of("/proc/self/cgroup"), "/sys/fs/cgroup"));
}

}  // namespace ws_demo
