#pragma once

// A folder that a test may fill, and that is gone after it.

#include "scratch_file.hpp"

#include <filesystem>
#include <fstream>
#include <string>

namespace ws_demo::testing {

class scratch_folder {
 public:
  scratch_folder() { std::filesystem::create_directory(path_.path()); }
  ~scratch_folder() { std::filesystem::remove_all(path_.path()); }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  std::string path() const { return path_.path(); }
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path() + "/" + name, std::ios::binary) << bytes;
  }

 private:
  scratch_file path_{"folder"};
};

}  // namespace ws_demo::testing
