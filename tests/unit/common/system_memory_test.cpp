#include "common/system_memory.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

namespace ws_demo {
namespace {

constexpr auto no_limit = std::numeric_limits<std::size_t>::max();

class SystemMemory : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(root_); }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void write(const std::string& file, const std::string& text) {
    std::filesystem::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text << '\n';
  }
  std::size_t limit_of(const std::string& groups) const {
    return memory_limit_of_groups(groups, root_);
  }

 private:
  const std::filesystem::path root_ =
      std::filesystem::temp_directory_path() / ("cgroups-" + std::to_string(::getpid()));
};

TEST_F(SystemMemory, AGroupHasTheSmallestLimitOfThoseThatItIsIn) {
  write("a/memory.max", "4000");
  write("a/b/memory.max", "max");
  write("a/b/c/memory.max", "5000");
  EXPECT_EQ(limit_of("0::/a/b/c\n"), 4000U);
  EXPECT_EQ(limit_of("0::/other\n"), no_limit);
}

TEST_F(SystemMemory, AContainerSeesItsOwnGroupAsTheRoot) {
  write("memory.max", "3000");
  EXPECT_EQ(limit_of("0::/\n"), 3000U);
  EXPECT_EQ(limit_of("0::/docker/0123\n"), 3000U);
}

TEST_F(SystemMemory, Version1HasAHierarchyForMemory) {
  write("memory/a/memory.limit_in_bytes", "2000");
  write("memory/memory.limit_in_bytes", "9223372036854771712");
  EXPECT_EQ(limit_of("5:cpu,memory:/a\n4:pids:/b\n0::/\n"), 2000U);
}

TEST_F(SystemMemory, WithoutGroupsThereIsNoLimit) {
  EXPECT_EQ(limit_of(""), no_limit);
  EXPECT_EQ(limit_of("nonsense"), no_limit);
}

TEST(AvailableMemory, IsThatOfTheSystemOrLess) {
  EXPECT_GT(available_memory(), std::size_t{1} << 20);
  EXPECT_LT(available_memory(), no_limit);
}

}  // namespace
}  // namespace ws_demo
