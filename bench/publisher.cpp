#include "publisher.hpp"

#include "http.hpp"
#include "run.hpp"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <charconv>
#include <utility>

namespace ws_bench {
namespace {

constexpr std::size_t largest_reply = std::size_t{64} << 10;

std::string failure(std::string_view what) {
  return fmt::format("publishing: {}: {}", what, std::generic_category().message(errno));
}

}  // namespace

publisher::publisher(client& loop, const options& o)
    : loop_(loop),
      options_(o),
      head_(fmt::format("POST /topics/bench HTTP/1.1\r\n"
                        "Host: {}:{}\r\n"
                        "{}{}{}"
                        "Content-Type: application/json\r\n",
                        o.host, o.port, o.token.empty() ? "" : "Authorization: Bearer ", o.token,
                        o.token.empty() ? "" : "\r\n")) {}

publisher::~publisher() {
  disconnect();
}

void publisher::disconnect() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

void publisher::connect() {
  // It may wait here: with one request at a time there is nothing else to do for it.
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) throw misbehaviour(failure("socket"));
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(options_.timeout);
  const timeval limit{.tv_sec = whole.count() + 1, .tv_usec = 0};
  const int on = 1;
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const sockaddr_in& server = loop_.server();
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0)
    throw misbehaviour(failure("connect"));
  loop_.watch(socket_, [this] { read(); });
}

bool publisher::ready() const {
  if (waiting_ && clock::now() - sent_ > options_.timeout)
    throw misbehaviour("publishing: no answer in time");
  return !waiting_;
}

clock::time_point publisher::publish(std::string_view payload) {
  if (socket_ < 0) connect();
  const std::string request =
      fmt::format("{}Content-Length: {}\r\n\r\n{}", head_, payload.size(), payload);
  waiting_ = true;
  sent_ = clock::now();
  const ssize_t sent = ::send(socket_, request.data(), request.size(), MSG_NOSIGNAL);
  if (sent < 0 || std::cmp_not_equal(sent, request.size())) throw misbehaviour(failure("send"));
  return sent_;
}

void publisher::read() {
  std::array<char, 4096> bytes{};
  const ssize_t got = ::recv(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) {
    if (waiting_) throw misbehaviour("publishing: the server hung up instead of answering");
    disconnect();  // it had been idle for long enough
    return;
  }
  answer_.append(bytes.data(), static_cast<std::size_t>(got));
  if (answer_.size() > largest_reply) throw misbehaviour("publishing: an answer of over 64 KiB");

  const std::string_view all = answer_;
  const std::size_t end = all.find("\r\n\r\n");
  if (end == std::string_view::npos) return;
  const std::string_view head = all.substr(0, end);
  if (!head.starts_with("HTTP/1.1 2"))
    throw misbehaviour(
        fmt::format("publishing: the server answered \"{}\"", head.substr(0, head.find("\r\n"))));
  const std::string_view length = field(head, "content-length:");
  std::size_t body = 0;
  std::from_chars(length.data(), length.data() + length.size(), body);
  if (all.size() - end - 4 < body) return;
  waiting_ = false;
  if (field(head, "connection:") == "close") disconnect();
  answer_.clear();
}

}  // namespace ws_bench
