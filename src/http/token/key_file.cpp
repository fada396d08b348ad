#include "http/token/key_file.hpp"

#include "common/text.hpp"

#include <cstddef>
#include <fstream>
#include <stdexcept>

namespace ws_demo {
namespace {

constexpr std::size_t max_key_file_bytes = std::size_t{1} << 20;

}  // namespace

std::string read_key_file(const std::filesystem::path& file) {
  const auto problem = [&file](const std::string& what) {
    return std::runtime_error("keys in " + printable(file.string()) + ": " + what);
  };
  std::error_code failed;
  if (!std::filesystem::is_regular_file(file, failed))  // a pipe would be waited for
    throw problem(failed ? failed.message() : "not a regular file");
  std::string text(max_key_file_bytes + 1, '\0');
  std::ifstream from(file, std::ios::binary);
  from.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!from.eof()) throw problem(from ? "more than 1 MiB" : "cannot be read");
  text.resize(static_cast<std::size_t>(from.gcount()));
  return text;
}

}  // namespace ws_demo
