#include "app/listening_option.hpp"

#include "app/access_option.hpp"
#include "app/command_line.hpp"
#include "scratch_file.hpp"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <string>
#include <variant>

namespace ws_demo {
namespace {

TEST(ListeningOption, AHostMayBeThePathOfAUnixSocket) {
  options o;
  EXPECT_TRUE(set_host(o, "unix:/run/ws-demo/sock"));
  EXPECT_EQ(o.unix_socket, "/run/ws-demo/sock");
  EXPECT_TRUE(set_host(o, "unix:" + std::string(107, 'x')));
  EXPECT_FALSE(set_host(o, "unix:" + std::string(108, 'x')));
  for (const char* text : {"unix:", "unix", "/run/ws-demo/sock"})
    EXPECT_FALSE(set_host(o, text)) << text;
}

TEST(ListeningOption, TheModeIsOctal) {
  options o;
  EXPECT_EQ(o.unix_socket_mode, 0660U);
  for (const auto& [text, mode] : {std::pair{"0666", 0666U}, {"600", 0600U}, {"000", 0U}}) {
    EXPECT_TRUE(set_socket_mode(o, text)) << text;
    EXPECT_EQ(o.unix_socket_mode, mode) << text;
  }
  for (const char* text : {"", "0", "66", "0668", "1777", "06600", "-660", "u=rw", " 660", "660 "})
    EXPECT_FALSE(set_socket_mode(o, text)) << text;
}

TEST(ListeningOption, TheModeNeedsAUnixSocket) {
  const std::array<const char*, 4> arguments{"ws-demo", "--socket-mode=0666", "--host",
                                             "unix:/run/sock"};
  EXPECT_THROW(parse_command_line(2, arguments.data()), usage_error);
  EXPECT_EQ(std::get<options>(parse_command_line(4, arguments.data())).unix_socket_mode, 0666U);
}

TEST(ListeningOption, AFileMayNameTheSocketToo) {
  const testing::scratch_file file("listening_option");
  std::ofstream(file.path()) << "host=unix:/run/sock\nsocket-mode=0666\ntrusted-proxy=unix:\n";
  const auto path = file.path();
  const std::array<const char*, 3> arguments{"ws-demo", "--config", path.c_str()};
  const auto o =
      std::get<options>(parse_command_line(static_cast<int>(arguments.size()), arguments.data()));
  EXPECT_EQ(o.unix_socket, "/run/sock");
  EXPECT_EQ(o.unix_socket_mode, 0666U);
  EXPECT_EQ(o.trusted_proxies, std::vector<std::string>{"unix:"});
}

TEST(ListeningOption, AProxyAtTheSocketHasOneName) {
  options o;
  EXPECT_TRUE(add_trusted_proxy(o, "unix:"));
  for (const char* text : {"unix", "unix:/run/sock", "unix://"}) {
    EXPECT_FALSE(add_trusted_proxy(o, text)) << text;
    EXPECT_EQ(trusted_proxy_advice(text), "write unix:") << text;
  }
}

}  // namespace
}  // namespace ws_demo
