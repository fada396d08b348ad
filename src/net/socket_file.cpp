#include "net/socket_file.hpp"

#include "net/asio.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/system/system_error.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

namespace ws_demo {
namespace {

[[noreturn]] void fail(int number) {
  throw boost::system::system_error(number, boost::system::system_category());
}

/// Of a link itself, and not of what it points to. Nothing where there is no file.
std::optional<struct stat> status_of(const std::filesystem::path& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return std::nullopt;
  return status;
}

/// What connecting to it fails with.
error_code probe(const std::filesystem::path& path) {
  asio::io_context io;
  asio::local::stream_protocol::socket client(io);
  client.open();
  client.native_non_blocking(true);  // its backlog may be full
  error_code ec;
  client.connect(path.string(), ec);
  return ec;
}

}  // namespace

bool remove_stale_socket(const std::filesystem::path& path) {
  const auto there = status_of(path);
  if (!there) return false;
  if (!S_ISSOCK(there->st_mode)) fail(EEXIST);
  const auto failure = probe(path);
  if (failure == boost::system::errc::no_such_file_or_directory) return false;  // by now
  if (!failure) fail(EADDRINUSE);
  if (failure != asio::error::connection_refused) fail(failure.value());
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) fail(errno);
  return true;
}

/// A link that somebody has put there meanwhile is not followed.
socket_file::socket_file(std::filesystem::path path, ::mode_t mode) : path_(std::move(path)) {
  const auto bound = status_of(path_);
  if (!bound || ::fchmodat(AT_FDCWD, path_.c_str(), mode, AT_SYMLINK_NOFOLLOW) != 0) {
    const int failure = errno;
    ::unlink(path_.c_str());
    fail(failure);
  }
  device_ = bound->st_dev;
  inode_ = bound->st_ino;
}

socket_file::~socket_file() {
  const auto there = status_of(path_);
  if (there && there->st_dev == device_ && there->st_ino == inode_) ::unlink(path_.c_str());
}

}  // namespace ws_demo
