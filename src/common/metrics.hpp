#pragma once

// The server's metrics, and their Prometheus text. No sockets.
//
// Counters are plain numbers, which the code that does something increments: there is one thread.
//
// The server owns it. Threads: the io_context's only.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace ws_demo {

/// How many of some times were how long.
struct histogram {
  void add(std::chrono::steady_clock::duration time);

  /// Upper bounds of the buckets, in seconds; the last has none.
  static constexpr std::array bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0};
  std::array<std::uint64_t, bounds.size() + 1> counts{};
  double sum = 0;  // seconds
};

struct metrics {
  metrics();

  /// An event was sent this much after it was due.
  void pushed(std::chrono::steady_clock::duration lateness) { lateness_.add(lateness); }
  /// The event log has answered after this time.
  void stored(std::chrono::steady_clock::duration after) { storing_.add(after); }

  /// A peer was closed with this code. Codes outside RFC 6455 are counted together, because peers
  /// can send any.
  void closed(std::uint16_t code) noexcept;

  /// What others count.
  struct levels {
    std::size_t peers = 0;
    std::size_t connections = 0;  // also those of no peer
    std::size_t memory_bytes = 0;
    std::size_t memory_limit_bytes = 0;
    bool event_log_works = true;
    std::uint64_t event_log_behind = 0;  // events
    std::uint64_t event_log_reconnects = 0;
  };
  /// The Prometheus text format, version 0.0.4, including the metrics of the process.
  std::string exposition(const levels& now) const;

  std::uint64_t peers_accepted = 0;
  std::uint64_t messages_received = 0;
  std::uint64_t messages_received_bytes = 0;
  std::uint64_t messages_sent = 0;
  std::uint64_t messages_sent_bytes = 0;
  std::uint64_t queue_bytes = 0;                                       // now, of all send queues
  std::uint64_t queue_high_water_bytes = 0;                            // of one send queue
  std::map<std::string, std::uint64_t, std::less<>> events_lost;       // by policy
  std::map<std::string, std::uint64_t, std::less<>> events_published;  // by source
  std::map<std::string, std::uint64_t, std::less<>> refused;           // by reason
  std::uint64_t idle_closed = 0;     // connections, to make room for others
  std::uint64_t history_events = 0;  // now
  std::uint64_t history_bytes = 0;
  std::uint64_t event_log_bytes = 0;  // that wait to be stored, now
  std::uint64_t recoveries = 0;
  std::uint64_t gaps = 0;
  std::uint64_t log_lines_left_out = 0;

 private:
  std::map<std::string, std::uint64_t, std::less<>> closed_by_code() const;

  /// RFC 6455 section 7.4.1, and the codes registered with IANA since.
  static constexpr std::uint16_t first_code = 1000;
  static constexpr std::uint16_t last_code = 1015;
  std::array<std::uint64_t, last_code - first_code + 2> closed_{};  // the last: any other code

  histogram lateness_;
  histogram storing_;
  double descriptors_at_start_;
};

}  // namespace ws_demo
