#pragma once

// Every limit and default of the server, with its unit, and how a user sets it.

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ws_demo {

/// What happens to a peer whose send_queue is full when an event comes (options::max_queue_bytes).
enum class slow_policy : std::uint8_t {
  /// It is closed with 1008.
  close,
  /// The events that have waited longest go, and it is told how many.
  drop_oldest,
};

/// A plain value, read once at start-up.
struct options {
  /// Address to listen on.
  boost::asio::ip::address host = boost::asio::ip::address_v4::loopback();
  /// TCP port to listen on; 0 lets the system choose one.
  std::uint16_t port = 9001;
  /// TCP port on loopback for /metrics, which is then not on `port`; 0 lets the system choose.
  std::optional<std::uint16_t> admin_port;
  /// Time between two pushes to one peer; zero round_robin the pushes off.
  std::chrono::milliseconds interval{1000};
  /// Largest message a peer may send, in bytes of payload; at least 1.
  std::size_t max_message_bytes = std::size_t{1} << 20;
  /// Most bytes of events that may wait for a peer that is slower than they come.
  std::size_t max_queue_bytes = std::size_t{1} << 20;
  slow_policy slow_peers = slow_policy::close;
  /// Most topics and patterns that one peer may subscribe to.
  std::size_t max_topics = 64;
  /// Largest payload of a published event, in bytes.
  std::size_t max_event_bytes = std::size_t{64} << 10;
  /// Most topics with events in the history.
  std::size_t max_topics_total = 100'000;
  /// How many of its newest events are kept of a topic, for how long, and how many bytes in all.
  std::size_t history_events = 1000;
  std::chrono::milliseconds history_age{300'000};
  std::size_t history_bytes = std::size_t{64} << 20;
  /// What whoever publishes over HTTP must know; empty: nobody may.
  std::string publish_token;
  /// Descriptor of which each line, `{"topic":…,"payload":…}`, is published as it comes; it stays
  /// open for as long as the server lives.
  std::optional<int> lines_from;
  /// Whether to agree to permessage-deflate (RFC 7692).
  bool deflate = false;
  /// Most peers at once, over WebSocket and Server-Sent Events; 0: what the limit of open
  /// descriptors allows, less a reserve.
  std::size_t max_peers = 0;
  /// Most peers at once from one address; 0: any number.
  std::size_t max_peers_per_address = 0;
  /// From accept to the 101, and from accept to the first answer, however slowly the bytes come.
  std::chrono::milliseconds handshake_timeout{10000};
  /// A peer from which nothing at all comes for this long is dropped; it gets a ping at half of it.
  std::chrono::milliseconds idle_timeout{50000};
  /// How long a peer may take no byte of what is sent to it before it is dropped.
  std::chrono::milliseconds write_timeout{10000};
  /// Pages that may connect beside the server's own: `scheme://host[:port]`, or `*` for any.
  std::vector<std::string> allowed_origins;
  /// Names, beside those of loopback, that a server which listens on loopback may be called by.
  std::vector<std::string> allowed_hosts;
  /// Over how long a stop spreads the closes.
  std::chrono::milliseconds drain_spread{0};
  /// How long a stop, once it has closed all peers, waits for the peers to answer their close
  /// before it cuts them.
  std::chrono::milliseconds shutdown_timeout{5000};
  /// Folder of the built web client, served at `/`; empty: the page that is compiled in.
  std::filesystem::path web_root;
  /// One of trace, debug, info, warn, error, off.
  std::string log_level = "info";

  // Not on the command line.

  /// Most bytes of events that may wait to be published, of other threads than the io_context's,
  /// and how long one that is to wait for room does.
  std::size_t max_inbox_bytes = std::size_t{16} << 20;
  std::chrono::milliseconds publish_timeout{5000};
  /// Largest body of a request that publishes many events, in bytes.
  std::size_t max_bulk_bytes = std::size_t{4} << 20;
  /// How long a kept-alive HTTP connection may wait for its next request.
  std::chrono::milliseconds keep_alive_timeout{15000};
  /// How long a peer has to answer a close, and then to hang up.
  std::chrono::milliseconds close_timeout{5000};
  /// Messages shorter than this are not compressed: they fit one packet as they are.
  std::size_t deflate_threshold_bytes = 1024;
  /// Most requests on one kept-alive HTTP connection.
  std::size_t max_requests = 100;
  /// Largest request head, in bytes; a longer one is answered with 431.
  std::uint32_t max_request_head_bytes = 8192;
  /// Most header fields of a request; more are answered with 431.
  std::size_t max_request_fields = 100;
};

}  // namespace ws_demo
