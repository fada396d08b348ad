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

struct metrics {
  metrics();

  /// An event was sent this much after it was due.
  void pushed(std::chrono::steady_clock::duration lateness);

  /// A peer was closed with this code. Codes outside RFC 6455 are counted together, because peers
  /// can send any.
  void closed(std::uint16_t code);

  /// The Prometheus text format, version 0.0.4, including the metrics of the process.
  /// @param peers connected now
  /// @param connections open now, also those of no peer
  std::string exposition(std::size_t peers, std::size_t connections) const;

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
  std::uint64_t history_events = 0;                                    // now
  std::uint64_t history_bytes = 0;
  std::uint64_t recoveries = 0;
  std::uint64_t gaps = 0;

 private:
  // By code. The usual ones start at 0, so that the first occurrence is an increase.
  std::map<std::string, std::uint64_t, std::less<>> closed_{{"1000", 0}, {"1001", 0}, {"1006", 0}};

  /// Upper bounds of the histogram's buckets, in seconds; the last has none.
  static constexpr std::array lateness_bounds{0.001, 0.0025, 0.005, 0.01, 0.025,
                                              0.05,  0.1,    0.25,  0.5,  1.0};
  std::array<std::uint64_t, lateness_bounds.size() + 1> lateness_counts_{};
  double lateness_sum_ = 0;  // seconds
  double descriptors_at_start_;
};

}  // namespace ws_demo
