// What a client receives: the answer to its upgrade, then frames.

#include "client.hpp"
#include "http.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace ws_bench {
namespace {

// The example of RFC 6455 section 1.3, as the key in client.cpp is.
constexpr std::string_view answer_to_key = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

constexpr std::size_t largest_answer = std::size_t{16} << 10;
constexpr std::size_t read_bytes = std::size_t{256} << 10;

}  // namespace

void client::read(peer& p, bool ended) {
  const std::uint32_t connection = p.connections;
  for (;;) {
    const std::size_t kept = p.in.size();
    if (buffer_.size() < kept + read_bytes) buffer_.resize(kept + read_bytes);
    const ssize_t got = ::recv(p.socket, buffer_.data() + kept, read_bytes, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got < 0) {
      lose(p, fmt::format("the connection broke: {}", std::generic_category().message(errno)));
      return;
    }
    if (got == 0) {
      lose(p, "the server hung up without a close frame");
      return;
    }
    std::ranges::copy(p.in, buffer_.begin());
    const std::string_view bytes(buffer_.data(), kept + static_cast<std::size_t>(got));
    try {
      const std::size_t used = take(p, bytes, clock::now());
      if (p.connections != connection || p.socket < 0) return;
      p.in.assign(bytes.substr(used));
    } catch (const protocol_error& error) {
      lose(p, fmt::format("the server sent {}", error.what()));
      return;
    }
    if (p.now == peer::state::open) events_.on_pause(p);
    if (p.connections != connection || p.socket < 0) return;
    // A short read has emptied the socket, and if more comes there is another edge; but not for the
    // end, if that is what this one was for.
    if (std::cmp_less(got, read_bytes) && !ended) return;
  }
}

std::size_t client::take(peer& p, std::string_view bytes, clock::time_point now) {
  const std::uint32_t connection = p.connections;
  std::size_t used = 0;
  if (p.now == peer::state::upgrading) {
    used = take_answer(p, bytes, now);
    if (used == 0) return 0;
  }
  while (p.connections == connection && p.socket >= 0) {
    const auto got = first_frame(bytes.substr(used), largest_);
    if (!got) break;
    used += got->whole_bytes;
    take_frame(p, *got, now);
  }
  return used;
}

std::size_t client::take_answer(peer& p, std::string_view bytes, clock::time_point now) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (bytes.size() > largest_answer) throw protocol_error("an answer of over 16 KiB");
    return 0;
  }
  const std::string_view head = bytes.substr(0, end);
  if (!head.starts_with("HTTP/1.1 101"))
    throw protocol_error(
        fmt::format("\"{}\"", head.substr(0, std::min<std::size_t>(head.find("\r\n"), 80))));
  if (field(head, "sec-websocket-accept:") != answer_to_key)
    throw protocol_error("a wrong Sec-WebSocket-Accept");
  p.now = peer::state::open;
  --under_way_;
  ++open_;
  events_.on_open(p, now);
  return end + 4;
}

void client::take_frame(peer& p, const frame& got, clock::time_point now) {
  frame_bytes_ += got.whole_bytes;
  if (got.kind == opcode::ping) {
    std::string pong;
    append_frame(pong, opcode::pong, got.payload, fresh_mask());
    send(p, pong);
    return;
  }
  if (got.kind == opcode::close) {
    take_close(p, got.payload);
    return;
  }
  if (got.kind == opcode::pong) return;

  const bool begins = p.kind == opcode::continuation;
  if (begins == (got.kind == opcode::continuation))
    throw protocol_error(begins ? "the rest of a message that has not begun"
                                : "a message within another");
  // What comes once the close has been sent is nobody's.
  if (got.compressed && !(options_.deflate && begins && got.last))
    throw protocol_error("a compressed message that was not asked for, or in parts");
  if (begins && got.last) {
    const auto message = got.compressed ? inflater_.inflated(got.payload, largest_) : got.payload;
    if (p.now == peer::state::open) events_.on_message(p, got.kind, message, now);
    return;
  }
  if (begins) p.kind = got.kind;
  if (p.parts.size() + got.payload.size() > largest_)
    throw protocol_error("a message of over " + std::to_string(largest_) + " bytes");
  p.parts.append(got.payload);
  if (!got.last) return;
  const std::string message = std::exchange(p.parts, {});
  const opcode kind = std::exchange(p.kind, opcode::continuation);
  if (p.now == peer::state::open) events_.on_message(p, kind, message, now);
}

void client::take_close(peer& p, std::string_view payload) {
  if (p.now == peer::state::closing) {
    --open_;
    hang_up(p);
    events_.on_closed(p);
    return;
  }
  const auto byte = [payload](std::size_t i) { return static_cast<std::uint8_t>(payload[i]); };
  const int code = payload.size() < 2 ? 1005 : byte(0) * 256 + byte(1);
  std::string answer;
  append_frame(answer, opcode::close, payload.substr(0, 2), fresh_mask());
  send(p, answer);
  lose(p, fmt::format("the server closed with {} {}", code,
                      payload.substr(std::min<std::size_t>(2, payload.size()))));
}

}  // namespace ws_bench
