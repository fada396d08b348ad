#include "net/asio.hpp"

#include <gtest/gtest.h>

namespace ws_demo {
namespace {

TEST(Endpoint, IsAddressAndPort) {
  EXPECT_EQ(to_string(tcp::endpoint(asio::ip::make_address("127.0.0.1"), 80)), "127.0.0.1:80");
  EXPECT_EQ(to_string(tcp::endpoint(asio::ip::make_address("::1"), 9001)), "[::1]:9001");
}

}  // namespace
}  // namespace ws_demo
