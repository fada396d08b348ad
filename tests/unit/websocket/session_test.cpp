#include "failing_memory.hpp"
#include "websocket/deflate.hpp"
#include "ws_demo/server.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ws_demo {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

/// A server whose loop runs on the thread of the test, whose memory can be made to fail.
class served {
 public:
  served() { asio::co_spawn(io_, server_.run(), asio::detached); }

  /// A client that compresses.
  tcp::socket connect() {
    tcp::socket socket(io_);
    socket.connect(server_.endpoint());
    send(socket,
         "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
    const auto answer = receive(socket);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 101 ")) << answer;
    return socket;
  }
  static void send(tcp::socket& socket, std::string_view bytes) {
    asio::write(socket, asio::buffer(bytes));
  }
  /// What comes next; nothing at the end. Allocates nothing by itself.
  std::string_view receive(tcp::socket& socket) {
    boost::system::error_code ec = asio::error::would_block;
    std::size_t size = 0;
    socket.non_blocking(true);
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (ec == asio::error::would_block && std::chrono::steady_clock::now() < deadline) {
      io_.poll();
      size = socket.read_some(asio::buffer(received_), ec);
    }
    return {received_.data(), size};
  }

 private:
  static options settings() {
    options o;
    o.port = 0;
    o.interval = 0ms;
    o.deflate = true;
    return o;
  }

  asio::io_context io_{1};
  server server_{io_, settings()};
  std::array<char, 4096> received_{};
};

/// A frame with a mask of zeros.
std::string compressed_frame(std::string_view text) {
  const auto payload = deflated(text, 15);
  return std::string("\xc1") + static_cast<char>(0x80 | payload->size()) + std::string(4, '\0') +
         *payload;
}

TEST(Session, APeerForWhichThereIsNoMemoryEndsAlone) {
  served here;
  auto other = here.connect();
  const std::string echo = "\x81\x05hello";
  bool failed = true;
  for (std::uint64_t granted = 0; failed; ++granted) {
    auto peer = here.connect();
    served::send(peer, compressed_frame("hello"));
    {
      const testing::failing_memory failing(granted);
      std::string_view answer;
      ASSERT_NO_THROW(answer = here.receive(peer)) << granted;
      failed = testing::failing_memory::has_failed();
      EXPECT_TRUE(answer == echo || failed) << granted;
    }
    EXPECT_TRUE(failed || granted > 0);
    served::send(other, compressed_frame("hello"));
    EXPECT_EQ(here.receive(other), echo) << granted;
  }
}

}  // namespace
}  // namespace ws_demo
