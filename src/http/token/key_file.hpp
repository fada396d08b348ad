#pragma once

// The file of a JSON Web Key Set.

#include <filesystem>
#include <string>

namespace ws_demo {

/// @returns what is in the file
/// @throws std::runtime_error, one line, where it is not a regular file, cannot be read, or has
/// more than 1 MiB
std::string read_key_file(const std::filesystem::path& file);

}  // namespace ws_demo
