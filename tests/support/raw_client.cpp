#include "raw_client.hpp"

#include "deadline.hpp"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace ws_demo::testing {
namespace {

char byte(std::size_t value) {
  return static_cast<char>(value & 0xff);
}

std::string big_endian(std::size_t value, int bytes) {
  std::string result;
  for (int i = bytes - 1; i >= 0; --i) result += byte(value >> (8 * i));
  return result;
}

std::size_t number(std::string_view big_endian_bytes) {
  std::size_t result = 0;
  for (const char c : big_endian_bytes) result = result << 8 | static_cast<unsigned char>(c);
  return result;
}

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

int frame::close_code() const {
  return payload.size() < 2 ? 0 : static_cast<int>(number(payload.substr(0, 2)));
}

std::string frame::id() const {
  constexpr std::string_view name = R"(,"id":")";
  const auto at = payload.rfind(name);
  if (at == std::string::npos) return {};
  const auto begin = at + name.size();
  return payload.substr(begin, payload.rfind('"') - begin);
}

std::string encode(opcode op, std::string_view payload, bool fin) {
  constexpr std::array<char, 4> mask{'\x12', '\x34', '\x56', '\x78'};
  std::string result(1, byte((fin ? 0x80U : 0U) | static_cast<unsigned>(op)));
  if (payload.size() < 126)
    result += byte(0x80 | payload.size());
  else if (payload.size() < 65536)
    result += byte(0x80 | 126) + big_endian(payload.size(), 2);
  else
    result += byte(0x80 | 127) + big_endian(payload.size(), 8);
  result.append(mask.data(), mask.size());
  for (std::size_t i = 0; i < payload.size(); ++i)
    result += static_cast<char>(payload[i] ^ mask[i % 4]);
  return result;
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
  return big_endian(code, 2) + std::string(reason);
}

raw_client::raw_client(std::uint16_t port, int receive_buffer_bytes)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (socket_ < 0) fail("socket");
  if (receive_buffer_bytes > 0)
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes,
                 sizeof receive_buffer_bytes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connect(reinterpret_cast<sockaddr*>(&address), sizeof address);
}

raw_client::raw_client(const std::filesystem::path& unix_socket)
    : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (socket_ < 0) fail("socket");
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  unix_socket.string().copy(std::data(address.sun_path), sizeof address.sun_path - 1);
  connect(reinterpret_cast<sockaddr*>(&address), sizeof address);
}

void raw_client::connect(const sockaddr* to, socklen_t size) const {
  if (::connect(socket_, to, size) == 0) return;
  ::close(socket_);
  fail("connect");
}

raw_client::~raw_client() {
  ::close(socket_);
}

void raw_client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    pollfd writable{socket_, POLLOUT, 0};
    if (::poll(&writable, 1, patience_ms) <= 0)
      throw std::runtime_error("the server takes no bytes");
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) fail("send");
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool raw_client::try_send(std::string_view bytes) {
  return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
}

void raw_client::finish() {
  ::shutdown(socket_, SHUT_WR);
}

/// A filter that keeps no byte of any packet (socket(7), SO_ATTACH_FILTER).
bool raw_client::vanish() {
  sock_filter keep_nothing{BPF_RET | BPF_K, 0, 0, 0};
  const sock_fprog program{1, &keep_nothing};
  return ::setsockopt(socket_, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

void raw_client::reset() {
  const linger at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(socket_);
  socket_ = -1;
}

namespace {

std::string handshake(std::string_view target, std::string_view fields) {
  return "GET " + std::string(target) +
         " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
         std::string(fields) + "\r\n";
}

}  // namespace

std::string raw_client::open(std::string_view target, std::string_view fields) {
  send(handshake(target, fields));
  auto answer = read_until("\r\n\r\n");
  // The key and its answer are those of RFC 6455 section 1.3.
  if (!answer.starts_with("HTTP/1.1 101 ") ||
      answer.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == std::string::npos)
    throw std::runtime_error("not upgraded: " + answer);
  return answer;
}

std::string raw_client::open_in_vain(std::string_view target, std::string_view fields) {
  send(handshake(target, fields));
  return read_answer();
}

std::string raw_client::subscribe(std::string_view target, std::string_view fields) {
  open(target, fields);
  const auto first = read_frame();
  if (!first.payload.starts_with(R"({"topic":"$position","payload":{},"id":")"))
    throw std::runtime_error("not a position: " + first.payload);
  return first.id();
}

bool raw_client::wait_readable(int milliseconds) {
  pollfd readable{socket_, POLLIN, 0};
  return ::poll(&readable, 1, milliseconds) > 0;
}

bool raw_client::read_more() {
  if (!wait_readable(patience_ms)) throw std::runtime_error("the server says nothing");
  std::array<char, 65536> buffer;
  const auto count = ::recv(socket_, buffer.data(), buffer.size(), 0);
  if (count < 0) fail("recv");
  unread_.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0;
}

std::optional<std::size_t> raw_client::discard(std::size_t most) {
  std::string bytes(most, '\0');
  const auto count = ::recv(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (count > 0) return static_cast<std::size_t>(count);
  if (count < 0 && errno == EAGAIN) return 0;
  return std::nullopt;
}

std::string raw_client::read_until(std::string_view end) {
  while (unread_.find(end) == std::string::npos)
    if (!read_more()) throw std::runtime_error("the server hung up after: " + unread_);
  return read_exactly(unread_.find(end) + end.size());
}

std::string raw_client::read_exactly(std::size_t count) {
  while (unread_.size() < count)
    if (!read_more()) throw std::runtime_error("the server hung up");
  std::string result = unread_.substr(0, count);
  unread_.erase(0, count);
  return result;
}

std::string raw_client::read_answer(bool head_only) {
  auto answer = read_until("\r\n\r\n");
  constexpr std::string_view field = "Content-Length: ";
  const auto at = answer.find(field);
  if (!head_only && at != std::string::npos)
    answer += read_exactly(std::stoul(answer.substr(at + field.size())));
  return answer;
}

frame raw_client::read_frame() {
  const auto head = read_exactly(2);
  const auto first = static_cast<unsigned char>(head[0]);
  const auto second = static_cast<unsigned char>(head[1]);
  if ((first & 0x70) != 0 || (second & 0x80) != 0)
    throw std::runtime_error("a server's frame has no reserved bits and no mask");
  std::size_t size = second;
  if (size == 126)
    size = number(read_exactly(2));
  else if (size == 127)
    size = number(read_exactly(8));
  return {(first & 0x80) != 0, static_cast<opcode>(first & 0x0f), read_exactly(size)};
}

frame raw_client::read_reply() {
  for (;;) {
    auto next = read_frame();
    if (!next.payload.starts_with(R"({"topic":"random")")) return next;
  }
}

bool raw_client::at_end() {
  return unread_.empty() && !read_more();
}

bool raw_client::is_reset() {
  pollfd hung_up{socket_, 0, 0};
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < give_up) {
    try_send("x");
    if (::poll(&hung_up, 1, 10) > 0 && (hung_up.revents & (POLLERR | POLLHUP)) != 0) return true;
  }
  return false;
}

bool raw_client::silent_for(int milliseconds) {
  return unread_.empty() && !wait_readable(milliseconds);
}

}  // namespace ws_demo::testing
