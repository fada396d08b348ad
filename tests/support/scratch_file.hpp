#pragma once

// A file that a test may make, and that is gone after it.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace ws_demo::testing {

class scratch_file {
 public:
  explicit scratch_file(const std::string& name)
      : path_(std::filesystem::path(::testing::TempDir()) /
              ("ws_demo_" + name + "_" + std::to_string(::getpid()))) {}
  ~scratch_file() { std::filesystem::remove(path_); }
  scratch_file(const scratch_file&) = delete;
  scratch_file& operator=(const scratch_file&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace ws_demo::testing
