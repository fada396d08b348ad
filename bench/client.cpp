#include "client.hpp"

#include "http.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace ws_bench {
namespace {

using std::chrono::milliseconds;

// The example of RFC 6455 section 1.3: a key of one's own for each peer would measure this side's
// SHA-1.
constexpr std::string_view example_key = "dGhlIHNhbXBsZSBub25jZQ==";
// RFC 7692, as Chromium offers it.
constexpr std::string_view offer =
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";

constexpr std::uint64_t other = ~std::uint64_t{0};

// Well below the 28,000 ports that an address has to give: looking for a free one gets slow.
constexpr std::uint32_t peers_per_source = 10'000;
constexpr std::uint32_t most_sources = 250;

std::string system_error(std::string_view what, int error) {
  return fmt::format("{}: {}", what, std::generic_category().message(error));
}

template <class T>
bool set_option(int socket, int level, int name, const T& value) {
  return ::setsockopt(socket, level, name, &value, sizeof value) == 0;
}

const sockaddr* generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

std::string_view awaited(peer::state in) {
  switch (in) {
    case peer::state::connecting:
      return "connection";
    case peer::state::upgrading:
      return "answer to the upgrade";
    default:
      return "answer to the close";
  }
}

}  // namespace

client::client(const options& o, std::size_t peers, std::size_t largest, peer_events& events)
    : options_(o),
      largest_(largest),
      events_(events),
      request_(fmt::format("GET {} HTTP/1.1\r\n"
                           "Host: {}:{}\r\n"
                           "Upgrade: websocket\r\n"
                           "Connection: Upgrade\r\n"
                           "Sec-WebSocket-Key: {}\r\n"
                           "Sec-WebSocket-Version: 13\r\n{}\r\n",
                           o.path, o.host, o.port, example_key, o.deflate ? offer : "")),
      peers_(peers) {
  server_.sin_family = AF_INET;
  server_.sin_port = htons(o.port);
  ::inet_pton(AF_INET, o.host.c_str(), &server_.sin_addr);
  // Each address of ours has ports of its own, and on loopback there are many addresses. Peers that
  // come and go leave ports behind that cannot be used for a minute, so they use all of them.
  if (ntohl(server_.sin_addr.s_addr) >> 24 == 127) {
    const auto wanted = static_cast<std::uint32_t>(peers / peers_per_source + 1);
    sources_ = o.mode == mode::churn ? most_sources : std::min(wanted, most_sources);
  }
  for (std::size_t i = 0; i < peers; ++i) peers_[i].index = static_cast<std::uint32_t>(i);
}

client::~client() {
  for (peer& p : peers_) hang_up(p);
}

void client::connect(peer& p) {
  ++p.connections;
  p.now = peer::state::connecting;
  p.started = clock::now();
  ++under_way_;
  start(p);
}

void client::start(peer& p) {
  p.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (p.socket < 0) {
    lose(p, system_error("socket", errno));
    return;
  }
  set_option(p.socket, IPPROTO_TCP, TCP_NODELAY, 1);
  if (sources_ != 0) {
    sockaddr_in source{};
    source.sin_family = AF_INET;
    source.sin_addr.s_addr =
        htonl(INADDR_LOOPBACK + static_cast<std::uint32_t>(begun_++ % sources_));
    // The port is chosen by connect(), which knows that only the pair must be free.
    set_option(p.socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    if (::bind(p.socket, generic(source), sizeof source) != 0) {
      lose(p, system_error("bind", errno));
      return;
    }
  }
  if (::connect(p.socket, generic(server_), sizeof server_) != 0 && errno != EINPROGRESS) {
    lose(p, system_error("connect", errno));
    return;
  }
  // Edges, so that nothing needs to be said to the kernel again while the peer lives.
  ready_.add(p.socket, EPOLLIN | EPOLLOUT | EPOLLRDHUP | static_cast<std::uint32_t>(EPOLLET),
             std::uint64_t{p.connections} << 32 | p.index);
}

void client::watch(int descriptor, std::function<void()> ready) {
  other_ready_ = std::move(ready);
  ready_.add(descriptor, EPOLLIN, other);
}

void client::turn(clock::time_point deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - clock::now());
  const auto wait = std::clamp(left, milliseconds(0), milliseconds(100));
  for (const epoll_event& event : ready_.wait(static_cast<int>(wait.count()))) handle(event);
}

void client::handle(const epoll_event& event) {
  const std::uint64_t number = epoll::number(event);
  if (number == other) {
    other_ready_();
    return;
  }
  peer& p = peers_[static_cast<std::uint32_t>(number)];
  if (p.socket < 0 || p.connections != number >> 32) return;

  const bool ended = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  if (p.now == peer::state::connecting) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(p.socket, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
      lose(p, system_error("connect", error));
      return;
    }
    if ((event.events & EPOLLOUT) == 0) return;
    p.now = peer::state::upgrading;
    send(p, request_);
  } else if ((event.events & EPOLLOUT) != 0) {
    flush(p);
  }
  if (ended || (event.events & EPOLLIN) != 0) read(p, ended);
}

void client::send(peer& p, std::string_view bytes) {
  if (p.out.empty()) {
    const ssize_t sent = ::send(p.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return;
    bytes.remove_prefix(sent < 0 ? 0 : static_cast<std::size_t>(sent));
  }
  if (bytes.empty()) return;
  p.out.erase(0, std::exchange(p.out_sent, 0));
  p.out.append(bytes);
}

void client::flush(peer& p) {
  if (p.out.empty()) return;
  const std::string_view rest = std::string_view(p.out).substr(p.out_sent);
  const ssize_t sent = ::send(p.socket, rest.data(), rest.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno == EAGAIN) return;
  // After any other error nothing more can be sent, and reading will say so.
  p.out_sent += sent < 0 ? rest.size() : static_cast<std::size_t>(sent);
  if (p.out_sent < p.out.size()) return;
  p.out.clear();
  p.out_sent = 0;
}

void client::close(peer& p) {
  p.now = peer::state::closing;
  p.started = clock::now();
  std::string bytes;
  append_frame(bytes, opcode::close, "\x03\xe8", fresh_mask());  // 1000
  send(p, bytes);
}

void client::expire() {
  const auto too_old = clock::now() - options_.timeout;
  for (peer& p : peers_) {
    if (p.now == peer::state::idle || p.now == peer::state::open || p.started > too_old) continue;
    lose(p, fmt::format("no {} in time", awaited(p.now)));
  }
}

void client::lose(peer& p, std::string_view why) {
  if (p.now == peer::state::open || p.now == peer::state::closing) {
    --open_;
  } else {
    --under_way_;
  }
  if (lost_++ == 0) first_failure_ = why;
  hang_up(p);
  events_.on_lost(p);
}

void client::hang_up(peer& p) {
  if (p.socket >= 0) ::close(p.socket);
  p.socket = -1;
  p.now = peer::state::idle;
  p.kind = opcode::continuation;
  p.in.clear();
  p.parts.clear();
  p.out.clear();
  p.out_sent = 0;
}

std::uint32_t client::fresh_mask() {  // Marsaglia's xorshift32: no secret is kept here
  mask_ ^= mask_ << 13;
  mask_ ^= mask_ >> 17;
  mask_ ^= mask_ << 5;
  return mask_;
}

}  // namespace ws_bench
