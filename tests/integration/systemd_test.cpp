// As a systemd service: notifications, the watchdog, a socket that is passed.

#include "deadline.hpp"
#include "program.hpp"
#include "raw_client.hpp"
#include "scratch_file.hpp"
#include "test_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <regex>
#include <stdexcept>
#include <string>
#include <vector>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;

void bind_to(int socket, const std::string& path) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  path.copy(std::data(address.sun_path), sizeof address.sun_path - 1);
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("cannot bind " + path);
}

/// Where a service manager would listen for what its services say.
class notify_socket {
 public:
  notify_socket() {
    bind_to(socket_, path_.path());
    constexpr timeval seconds{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &seconds, sizeof seconds);
  }
  ~notify_socket() { ::close(socket_); }
  notify_socket(const notify_socket&) = delete;
  notify_socket& operator=(const notify_socket&) = delete;

  std::string variable() const { return "NOTIFY_SOCKET=" + path_.path(); }
  std::string receive() const {
    std::array<char, 256> text{};
    const auto size = ::recv(socket_, text.data(), text.size(), 0);
    return size < 0 ? "nothing" : std::string(text.data(), static_cast<std::size_t>(size));
  }

 private:
  scratch_file path_{"notify"};
  int socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
};

TEST(Systemd, SystemdHearsThatItIsReadyAndThatItStops) {
  const notify_socket manager;
  ws_demo_program server({}, {manager.variable()});
  EXPECT_EQ(manager.receive(), "READY=1");
  server.signal(SIGTERM);
  EXPECT_EQ(manager.receive(), "STOPPING=1");
  EXPECT_EQ(server.wait(), 0);
}

TEST(Systemd, TheWatchdogIsFed) {
  const notify_socket manager;
  const ws_demo_program server({}, {manager.variable(), "WATCHDOG_USEC=200000"});
  int fed = 0;
  while (fed < 3) {
    const auto said = manager.receive();
    ASSERT_NE(said, "nothing");
    if (said == "WATCHDOG=1") ++fed;
  }
}

/// A socket that ws-demo gets as systemd would pass it: as descriptor 3, meant for one process
/// only.
class passed_on {
 public:
  /// Takes the socket over. A shell takes descriptors of one digit.
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): that is how fcntl is declared
  explicit passed_on(int socket) : inherited_(::fcntl(socket, F_DUPFD, 4)) { ::close(socket); }
  ~passed_on() { ::close(inherited_); }
  passed_on(const passed_on&) = delete;
  passed_on& operator=(const passed_on&) = delete;

  std::vector<std::string> command() const {
    return {"sh", "-c",
            "exec 3<&" + std::to_string(inherited_) +
                "; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\" --port 1",
            WS_DEMO_PROGRAM};
  }

 private:
  int inherited_;
};

TEST(Systemd, ASocketThatSystemdPassesIsUsed) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_GE(socket, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(socket, 10), 0);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  const passed_on passed(socket);
  program server(passed.command());
  const auto port = ntohs(address.sin_port);
  EXPECT_EQ(port_in(server.wait_for_error("page=")), port);
  raw_client peer(port);
  peer.open();
  EXPECT_EQ(peer.read_frame().op, opcode::text);
}

/// Which systemd goes on listening on while the program is restarted.
TEST(Systemd, AUnixSocketThatSystemdPassesIsUsedAndStays) {
  const scratch_file path("passed");
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bind_to(socket, path.path());
  ASSERT_EQ(::listen(socket, 10), 0);
  const passed_on passed(socket);
  program server(passed.command());
  server.wait_for_error("listening on unix:" + path.path() + "\n");
  {
    raw_client peer(std::filesystem::path(path.path()));
    peer.open();
    EXPECT_EQ(peer.read_frame().op, opcode::text);
  }
  server.signal(SIGTERM);
  EXPECT_EQ(server.wait(), 0);
  EXPECT_TRUE(std::filesystem::exists(path.path()));
}

/// What the kernel is told of the accepted socket whose other end has this port; -1 before there is
/// one.
int tcp_option_of_accepted(std::uint16_t peer_port, int name) {
  constexpr int most_descriptors = 1024;
  for (int socket = 0; socket < most_descriptors; ++socket) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
    int value = -1;
    size = sizeof value;
    if (ntohs(peer.sin_port) == peer_port &&
        ::getsockopt(socket, IPPROTO_TCP, name, &value, &size) == 0)
      return value;
  }
  return -1;
}

/// Also one that waited there before the server looked at the socket: it inherits nothing.
TEST(Systemd, WhoWaitsAtASocketThatIsPassedIsServedLikeOthers) {
  asio::io_context io(1);
  tcp::acceptor listening(io, {asio::ip::address_v4::loopback(), 0});
  asio::ip::tcp::socket client(io);
  client.connect(listening.local_endpoint());
  auto o = quiet();
  o.max_unsent_bytes = 123456;
  server push_server(io, o, listening.release());
  asio::co_spawn(io, push_server.run(), asio::detached);
  const auto port = client.local_endpoint().port();
  EXPECT_TRUE(
      run_until(io, [&] { return tcp_option_of_accepted(port, TCP_NOTSENT_LOWAT) == 123456; }));
  EXPECT_EQ(tcp_option_of_accepted(port, TCP_NODELAY), 1);
}

TEST(Systemd, AnotherSocketThatIsPassedIsRefused) {
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {  // one that does not listen, one of UDP
    const passed_on passed(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
    program server(passed.command());
    EXPECT_EQ(server.wait(), 1);
    EXPECT_NE(server.errors().find("not a listening TCP or Unix socket"), std::string::npos)
        << server.errors();
  }
}

}  // namespace
}  // namespace ws_demo::testing
