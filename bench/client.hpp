#pragma once

#include "epoll.hpp"
#include "frame.hpp"
#include "histogram.hpp"
#include "inflate.hpp"
#include "options.hpp"

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ws_bench {

/// One connection to the server. It belongs to its client, which may use its place again.
struct peer {
  enum class state : std::uint8_t { idle, connecting, upgrading, open, closing };

  std::uint32_t index = 0;
  std::uint32_t connections = 0;  // tells what is for an earlier one in this place
  int socket = -1;
  state now = state::idle;
  opcode kind = opcode::continuation;  // of the message that comes in parts, if one does
  clock::time_point started;
  std::string in;     // the beginning of a frame
  std::string parts;  // the beginning of a message
  std::string out;    // what the socket has not taken yet
  std::size_t out_sent = 0;
};

/// What a mode wants to hear of its peers. None of these is called from within another.
class peer_events {
 public:
  virtual ~peer_events() = default;
  virtual void on_open(peer& /*p*/, clock::time_point /*now*/) {}
  virtual void on_message(peer& p, opcode kind, std::string_view message,
                          clock::time_point now) = 0;
  /// All that had come has been handed over.
  virtual void on_pause(peer& /*p*/) {}
  /// The server has answered the close that was begun here.
  virtual void on_closed(peer& /*p*/) {}
  /// Ended in any other way, before or after it was open; `first_failure()` says why the first did.
  virtual void on_lost(peer& /*p*/) {}
};

/// More than any message that a server pushes by itself.
inline constexpr std::size_t largest_push = std::size_t{1} << 20;

/// Many WebSocket peers on one thread, in bounded memory: no message may be over `largest` bytes.
/// It offers no extension but the compression it is told to, and answers pings and closes by
/// itself. Peers that go wrong are counted and told, not thrown.
class client {
 public:
  /// `events` must outlive it.
  client(const options& o, std::size_t peers, std::size_t largest, peer_events& events);
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  std::span<peer> peers() { return peers_; }
  std::size_t under_way() const { return under_way_; }
  std::size_t open() const { return open_; }
  std::uint64_t lost() const { return lost_; }
  const std::string& first_failure() const { return first_failure_; }
  /// How much has come, of frames with their headers.
  std::uint64_t frame_bytes() const { return frame_bytes_; }
  const sockaddr_in& server() const { return server_; }

  /// Begins a connection in a place that is idle.
  void connect(peer& p);
  /// Sends what can be sent now, and the rest when it can be. A socket that is broken takes it all,
  /// and is told of by `on_lost` later.
  static void send(peer& p, std::string_view bytes);
  /// Begins the close handshake.
  void close(peer& p);
  /// Waits at most until `deadline` and a millisecond, and at most a tenth of a second, for
  /// something to happen, and handles it.
  void turn(clock::time_point deadline);
  /// Gives up those that have been connecting or closing for too long.
  void expire();
  /// Calls `ready` when something can be read from another descriptor, one at most.
  void watch(int descriptor, std::function<void()> ready);

  std::uint32_t fresh_mask();

 private:
  void start(peer& p);
  void handle(const epoll_event& event);
  void request_upgrade(peer& p);
  static void flush(peer& p);
  void read(peer& p, bool ended);
  std::size_t take(peer& p, std::string_view bytes, clock::time_point now);
  std::size_t take_answer(peer& p, std::string_view bytes, clock::time_point now);
  void take_frame(peer& p, const frame& got, clock::time_point now);
  void take_close(peer& p, std::string_view payload);
  void lose(peer& p, std::string_view why);
  static void hang_up(peer& p);

  options options_;
  std::size_t largest_;
  peer_events& events_;
  sockaddr_in server_{};
  std::uint32_t sources_ = 0;  // addresses of ours to connect from; 0 where the system chooses
  std::string request_;
  epoll ready_;
  std::vector<peer> peers_;
  std::vector<char> buffer_;  // shared: what is read is looked at at once
  std::function<void()> other_ready_;
  std::uint64_t begun_ = 0;
  std::size_t under_way_ = 0;
  std::size_t open_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t frame_bytes_ = 0;
  inflater inflater_;
  std::string first_failure_;
  std::uint32_t mask_ = 2463534242;
};

}  // namespace ws_bench
