// The floor: what ws-demo does, on bare epoll, with nothing between the frame and the system call.
//
//   floor PORT
//
// Each peer gets an event at once and then each second, what it sends comes back, and the body of a
// POST goes to all. It is the cost of the system calls, not a server: no limits, no time-outs, no
// fragments, no queue for who is slow; and the key of ws-bench, which is always the same, is the
// only one it knows the answer to.

#include "../epoll.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <list>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

constexpr std::string_view switching =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
constexpr std::size_t slots = 100;  // of 10 ms
constexpr long slot_nanoseconds = 10'000'000;

struct peer;
using peers = std::list<peer*>;

struct peer {
  int socket;
  std::string in;           // what has come of a frame or a head that is not whole
  peers* slot = nullptr;    // once it is a WebSocket
  peers::iterator in_slot;  // of the wheel
  std::list<peer>::iterator self;
};

void append_head(std::string& to, unsigned opcode, std::size_t size) {
  to += static_cast<char>(0x80 | opcode);
  if (size < 126) {
    to += static_cast<char>(size);
    return;
  }
  const int more = size < 65536 ? 2 : 8;
  to += static_cast<char>(more == 2 ? 126 : 127);
  for (int i = more; i-- > 0;) to += static_cast<char>(size >> static_cast<unsigned>(8 * i));
}

/// Appends the frame as it goes back, and takes it off the front of `bytes`. False where it is not
/// whole.
bool echo_frame(std::string_view& bytes, std::string& to, bool& closed) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (bytes.size() < 6) return false;
  std::size_t size = byte(1) & 0x7fU;
  std::size_t head = 2;
  if (size >= 126) {
    head += size == 126 ? 2 : 8;
    if (bytes.size() < head) return false;
    size = 0;
    for (std::size_t i = 2; i < head; ++i) size = size << 8U | byte(i);
  }
  if (bytes.size() < head + 4 + size) return false;

  const unsigned opcode = byte(0) & 0x0fU;
  closed = opcode == 8;
  append_head(to, opcode == 9 ? 10 : opcode, size);
  const std::string_view key = bytes.substr(head, 4);
  const std::size_t begin = to.size();
  to.append(bytes.substr(head + 4, size));
  std::uint64_t twice = 0;
  std::memcpy(&twice, key.data(), 4);
  twice |= twice << 32U;
  std::size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, to.data() + begin + i, 8);
    word ^= twice;
    std::memcpy(to.data() + begin + i, &word, 8);
  }
  for (; i < size; ++i) to[begin + i] = static_cast<char>(to[begin + i] ^ key[i % 4]);
  bytes.remove_prefix(head + 4 + size);
  return true;
}

void send_all(const peer& p, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(p.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0)
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    else if (sent < 0 && errno == EAGAIN)
      ::usleep(50);
    else
      return;
  }
}

class server {
 public:
  explicit server(std::uint16_t port)
      : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
        timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)),
        chunk_(std::size_t{1} << 20) {
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (::bind(listener_, generic, sizeof address) != 0 || ::listen(listener_, SOMAXCONN) != 0)
      throw std::system_error(errno, std::generic_category(), "listen");
    const itimerspec each_slot{{0, slot_nanoseconds}, {0, slot_nanoseconds}};
    ::timerfd_settime(timer_, 0, &each_slot, nullptr);
    ready_.add(listener_, EPOLLIN, 0);
    ready_.add(timer_, EPOLLIN, 1);
  }

  [[noreturn]] void run() {
    for (;;) {
      for (const epoll_event& event : ready_.wait(-1)) {
        const auto number = ws_bench::epoll::number(event);
        if (number == 0)
          accept_all();
        else if (number == 1)
          tick();
        else
          read(*reinterpret_cast<peer*>(number));  // NOLINT(performance-no-int-to-ptr)
      }
    }
  }

 private:
  void accept_all() {
    for (int socket = 0;;) {
      socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (socket < 0) return;
      const int on = 1;
      ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      const auto p =
          all_.insert(all_.end(), {.socket = socket, .in = {}, .in_slot = {}, .self = {}});
      p->self = p;
      ready_.add(socket, EPOLLIN, reinterpret_cast<std::uint64_t>(&*p));
    }
  }

  void tick() {
    std::uint64_t passed = 0;
    if (::read(timer_, &passed, sizeof passed) < 0) return;
    for (; passed > 0; --passed) {
      now_ = (now_ + 1) % slots;
      for (const peer* p : wheel_.at(now_)) push(*p);
    }
  }

  void push(const peer& p) {
    std::array<char, 160> text{'\x81'};
    const char* const end = fmt::format_to(
        text.data() + 2, R"({{"topic":"random","payload":{{"num":{},"message":"Hello, world!"}}}})",
        static_cast<std::uint32_t>(chance_()));
    const auto size = static_cast<std::size_t>(end - text.data());
    text[1] = static_cast<char>(size - 2);
    (void)!::send(p.socket, text.data(), size, MSG_NOSIGNAL);
  }

  void read(peer& p) {
    const ssize_t got = ::recv(p.socket, chunk_.data(), chunk_.size(), 0);
    if (got <= 0) {
      drop(p);
      return;
    }
    std::string_view bytes(chunk_.data(), static_cast<std::size_t>(got));
    const bool has_begun = !p.in.empty();
    if (has_begun) bytes = p.in.append(bytes);
    if (!p.slot && !open(p, bytes)) return;
    bool closed = false;
    out_.clear();
    while (!closed && echo_frame(bytes, out_, closed)) continue;
    send_all(p, out_);
    if (closed) {
      drop(p);
      return;
    }
    if (has_begun)
      p.in.erase(0, p.in.size() - bytes.size());
    else
      p.in = bytes;
    if (p.in.empty()) p.in.shrink_to_fit();
  }

  /// Answers the request where that is whole. False where there is no WebSocket yet.
  bool open(peer& p, std::string_view& bytes) {
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos || bytes.starts_with("POST ")) {
      if (end != std::string_view::npos) publish(p, bytes.substr(end + 4));
      p.in = end == std::string_view::npos ? std::string(bytes) : "";
      return false;
    }
    bytes.remove_prefix(end + 4);
    p.slot = &wheel_.at(now_);
    p.in_slot = p.slot->insert(p.slot->end(), &p);
    send_all(p, switching);
    push(p);
    return true;
  }

  void publish(const peer& from, std::string_view payload) {
    const std::string text = R"({"topic":"bench","payload":)" + std::string(payload) + '}';
    std::string frame;
    append_head(frame, 1, text.size());
    frame += text;
    for (const peers& slot : wheel_)
      for (const peer* p : slot) send_all(*p, frame);
    send_all(from, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  }

  void drop(peer& p) {
    if (p.slot) p.slot->erase(p.in_slot);
    ::close(p.socket);
    all_.erase(p.self);
  }

  ws_bench::epoll ready_;
  int listener_;
  int timer_;
  std::list<peer> all_;
  std::array<peers, slots> wheel_;
  std::size_t now_ = 0;  // its slot
  std::vector<char> chunk_;
  std::string out_;
  std::mt19937 chance_{std::random_device{}()};
};

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  rlimit descriptors{};
  ::getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &descriptors);
  try {
    server(static_cast<std::uint16_t>(argc == 2 ? std::atoi(argv[1]) : 0)).run();
  } catch (const std::exception& error) {
    std::fputs((std::string("floor: ") + error.what() + '\n').c_str(), stderr);
    return 1;
  }
}
