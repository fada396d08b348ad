// A listener at the path of a Unix-domain socket.

#include "net/listener.hpp"
#include "raw_client.hpp"
#include "scratch_file.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;
using testing::raw_client;

class UnixListenerTest : public ::testing::Test {
 protected:
  /// Why it is not possible; empty if it is.
  std::string listen(const std::string& path, ::mode_t mode = 0600) {
    at.emplace(io, limits);
    try {
      at->listen(std::filesystem::path(path), mode);
    } catch (const std::runtime_error& error) {
      at.reset();
      return error.what();
    }
    return {};
  }
  std::string listen() { return listen(path()); }
  std::string path() const { return file.path(); }
  bool is_there() const { return std::filesystem::exists(std::filesystem::symlink_status(path())); }

  /// A socket there on which nobody listens, as a killed process leaves it.
  void leave_socket() const {
    const int left = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    path().copy(std::data(address.sun_path), sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(left, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(left);
  }

  asio::io_context io{1};
  options limits;
  const testing::scratch_file file{"socket"};
  std::optional<listener> at;
};

// NOLINTBEGIN(bugprone-unchecked-optional-access): it listens

TEST_F(UnixListenerTest, AcceptsThoseThatHaveNoAddressAndNumbersThem) {
  ASSERT_EQ(listen(), "");
  EXPECT_EQ(at->name(), "unix:" + path());
  EXPECT_EQ(at->endpoint(), tcp::endpoint());
  std::vector<std::string> ends;
  limits.max_unsent_bytes = 65536;
  asio::co_spawn(io, at->accept([&](const stream_socket& accepted, const remote_end& end) {
    EXPECT_TRUE(end.is_unix());
    asio::socket_base::send_buffer_size size;
    accepted.get_option(size);
    EXPECT_EQ(size.value(), 32768) << "which the kernel doubles";
    ends.push_back(to_string(end));
  }),
                 asio::detached);
  const raw_client one(file.path());
  const raw_client other(file.path());
  while (ends.size() < 2 && io.run_one_for(10s) > 0) {
  }
  EXPECT_EQ(ends, (std::vector<std::string>{"unix:1", "unix:2"}));
  at->close();
  io.run();
}

TEST_F(UnixListenerTest, ThoseConnectWhoMayWrite) {
  ASSERT_EQ(listen(path(), 0620), "");
  struct stat status{};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0620U) << "whatever the umask is";
}

TEST_F(UnixListenerTest, RemovesItsFileWhenItCloses) {
  ASSERT_EQ(listen(), "");
  EXPECT_TRUE(is_there());
  at->close();
  EXPECT_FALSE(is_there());
}

TEST_F(UnixListenerTest, LeavesTheFileOfAnotherThatHasTakenItsPlace) {
  ASSERT_EQ(listen(), "");
  std::filesystem::remove(path());
  leave_socket();
  at->close();
  EXPECT_TRUE(is_there());
}

TEST_F(UnixListenerTest, ReplacesASocketThatNobodyListensOn) {
  leave_socket();
  ASSERT_EQ(listen(), "");
  EXPECT_NO_THROW(const raw_client connected(file.path()));
}

TEST_F(UnixListenerTest, ASocketThatIsListenedOnStays) {
  ASSERT_EQ(listen(), "");
  listener second(io, limits);
  try {
    second.listen(std::filesystem::path(path()), 0600);
    FAIL() << "taken away from another process";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(error.what(), "cannot listen on unix:" + path() + ": Address already in use");
  }
  second.close();
  EXPECT_NO_THROW(const raw_client connected(file.path()));
}

/// It accepts nothing: two wait, and the third finds no room.
TEST_F(UnixListenerTest, ASocketWhoseBacklogIsFullStays) {
  const int busy = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  path().copy(std::data(address.sun_path), sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(busy, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(busy, 1), 0);
  const raw_client one(file.path());
  const raw_client other(file.path());
  EXPECT_TRUE(listen().ends_with("Address already in use"));
  EXPECT_TRUE(is_there());
  ::close(busy);
}

TEST_F(UnixListenerTest, AFileThatIsNoSocketStays) {
  std::ofstream(path()) << "precious";
  EXPECT_EQ(listen(), "cannot listen on unix:" + path() + ": File exists");
  std::string kept;
  std::ifstream(path()) >> kept;
  EXPECT_EQ(kept, "precious");
}

TEST_F(UnixListenerTest, ALinkIsNotFollowed) {
  const testing::scratch_file target("target");
  std::filesystem::create_symlink(target.path(), path());
  EXPECT_TRUE(listen().ends_with("File exists"));
  EXPECT_FALSE(std::filesystem::exists(target.path()));
}

TEST_F(UnixListenerTest, WhatCannotBeAnAddressIsSaid) {
  EXPECT_EQ(listen("/nonexistent/socket"),
            "cannot listen on unix:/nonexistent/socket: No such file or directory");
  const std::string too_long(200, 'x');
  EXPECT_EQ(listen(too_long), "cannot listen on unix:" + too_long + ": File name too long");
}
// NOLINTEND(bugprone-unchecked-optional-access)

}  // namespace
}  // namespace ws_demo
