#pragma once

// The file that is the address of a Unix-domain socket (unix(7)). Threads: any.

#include <sys/types.h>

#include <filesystem>

namespace ws_demo {

/// Removes the socket that a killed process has left there. (Of two that start at the same moment,
/// one may take the other's, which is not listened on yet, for such a one.)
/// @returns whether there was one
/// @throws boost::system::system_error if a process listens on it, if it is no socket, or if that
/// cannot be found out.
bool remove_stale_socket(const std::filesystem::path& path);

/// Owns the file of a socket that has been bound to it, and removes it in the end, unless another
/// process has put its own there.
class socket_file {
 public:
  /// @param mode who may connect (chmod(2)): those who may write.
  /// @throws boost::system::system_error if it cannot be set. The file is removed then.
  socket_file(std::filesystem::path path, ::mode_t mode);
  ~socket_file();
  socket_file(const socket_file&) = delete;
  socket_file& operator=(const socket_file&) = delete;

 private:
  const std::filesystem::path path_;
  ::dev_t device_ = 0;
  ::ino_t inode_ = 0;  // not given to another file while the socket is open
};

}  // namespace ws_demo
