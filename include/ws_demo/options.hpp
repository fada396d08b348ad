#pragma once

// Every limit of the server, with its unit and default. src/app/option_table.cpp makes the command
// line of it.

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ws_demo {

class event_log;

/// What happens to a peer when the events that wait for it exceed options::max_queue_bytes.
enum class slow_policy : std::uint8_t {
  /// It is closed with 1008.
  close,
  /// The oldest events are dropped, and it is told how many.
  drop_oldest,
};

/// A plain value, read once at start.
struct options {
  /// Address to listen on.
  boost::asio::ip::address host = boost::asio::ip::address_v4::loopback();
  /// TCP port to listen on; 0 lets the system choose one.
  std::uint16_t port = 9001;
  /// Path of a Unix-domain socket to listen on instead, of at most 107 bytes; empty for none. The
  /// server makes it, in place of one on which nobody listens any more, and removes it when it
  /// closes. For names and pages (allowed_hosts, allowed_origins) it is as a port of loopback.
  std::filesystem::path unix_socket;
  /// The mode of it (chmod(2)): those connect who may write to it.
  unsigned unix_socket_mode = 0660;
  /// TCP port of loopback for /metrics, which is then not served on `port`; 0 lets the system
  /// choose.
  std::optional<std::uint16_t> admin_port;
  /// Time between two random events to a peer; 0 for none.
  std::chrono::milliseconds interval{1000};
  /// Largest message that a peer may send, in bytes of payload; at least 1.
  std::size_t max_message_bytes = std::size_t{1} << 20;
  /// Most bytes of events that may wait for a slow peer, with 64 more for each. What peers wait for
  /// together takes the memory of one.
  std::size_t max_queue_bytes = std::size_t{4} << 20;
  slow_policy slow_peers = slow_policy::close;
  /// Most topics and patterns that a peer may subscribe to.
  std::size_t max_topics = 64;
  /// Largest payload of a published event, in bytes.
  std::size_t max_event_bytes = std::size_t{64} << 10;
  /// Most topics in the history.
  std::size_t max_topics_total = 100'000;
  /// Events that the history keeps of each topic, for how long, and bytes of all topics.
  std::size_t history_events = 1000;
  std::chrono::milliseconds history_age{300'000};
  std::size_t history_bytes = std::size_t{64} << 20;
  /// File in which published events are kept, so that they outlive the process; made if it is not
  /// there. Empty for memory only. The limits of the history are those of the file too.
  std::filesystem::path event_log_file;
  /// Whether an event is acknowledged only when the disk has it, so that it also outlives a power
  /// cut; otherwise when the system has it.
  bool event_log_sync = false;
  /// NATS servers of one cluster, in which a JetStream stream is the log that several servers
  /// share: `nats://[user:password@|token@]host[:port]`, or `tls://` likewise. Instead of a file.
  std::vector<std::string> nats_servers;
  /// The stream, which is made if it is not there. An event's subject is this, a dot, and the
  /// topic.
  std::string nats_stream = "ws_demo";
  /// Servers that each keep all events of a stream that is made: 1 to 5.
  std::size_t nats_replicas = 1;
  /// NATS' own files: user credentials (.creds); certificates of authorities for TLS, in PEM; a
  /// certificate of the client with its key. Empty for none, and for the system's authorities.
  std::filesystem::path nats_credentials_file;
  std::filesystem::path nats_ca_file;
  std::filesystem::path nats_certificate_file;
  std::filesystem::path nats_key_file;
  /// Bearer token for publishing over HTTP: 1 to 2048 printable ASCII characters, without spaces at
  /// its ends. Empty turns that off.
  std::string publish_token;
  /// A JSON Web Key Set (RFC 7517) of HS256, RS256, ES256 and EdDSA keys. With it, only those
  /// subscribe who have a token that one of them has signed, but for `public_topics`, and tokens
  /// may publish. Empty: all may subscribe.
  std::filesystem::path token_keys_file;
  /// The `aud` and `iss` that a token must have; empty for no `aud`, and for any `iss`.
  std::string token_audience;
  std::string token_issuer;
  /// By how much the clock that a token's times were made with may differ.
  std::chrono::milliseconds token_clock_skew{30'000};
  /// Topics and patterns that need no token.
  std::vector<std::string> public_topics{"random"};
  /// Cookie that a page's token may come in; empty for none.
  std::string token_cookie;
  /// Whether a token may come in the query, as `access_token`.
  bool token_in_query = false;
  /// Descriptor of which each line, `{"topic":…,"payload":…}`, is published as it comes. It stays
  /// open while the server lives.
  std::optional<int> lines_from;
  /// Whether to agree to permessage-deflate (RFC 7692).
  bool deflate = false;
  /// Most bytes of memory for all that peers and publishers can make large: what waits to be sent,
  /// what has come in part, the history, and the connections themselves. 0 for half of what the
  /// system has, or the control group of the process allows. At most half of it is for the history.
  ///
  /// Of the last sixteenth nothing is given to new peers and publishers. Over all of it, encodings
  /// that were kept are given up, then the connections that hold most, then the oldest events of
  /// the history.
  std::size_t max_memory_bytes = 0;
  /// Most connections at once, of peers and others, beside those of `admin_port`; 0 for what the
  /// limit of open descriptors allows, less a reserve. More than that are not possible. Over it,
  /// the one is closed that has been idle the longest, or, if none is, the new one.
  std::size_t max_connections = 0;
  /// The same for the connections from one address, or one IPv6 /64; 0 for no limit. Those of
  /// trusted_proxies, which many clients may share, are not limited.
  std::size_t max_connections_per_address = 0;
  /// Most peers at once, over WebSocket and Server-Sent Events; 0 for what max_connections allows,
  /// less a reserve for other requests. More than that are not possible.
  std::size_t max_peers = 0;
  /// Most peers at once from one address, or one IPv6 /64, also through trusted_proxies; 0 for no
  /// limit.
  std::size_t max_peers_per_address = 0;
  /// Largest head of a request, in bytes, at most 64 KiB; 431 over it.
  std::size_t max_request_head_bytes = std::size_t{32} << 10;
  /// Time from accept to the first answer, however slowly the request comes, beside
  /// authorize_timeout.
  std::chrono::milliseconds handshake_timeout{10'000};
  /// A peer that is silent for this long is dropped; it gets a ping at half of it.
  std::chrono::milliseconds idle_timeout{50'000};
  /// A client that takes not one byte of what it is sent for this long is dropped. Over a
  /// Unix-domain socket it takes blocks of up to 48 KiB, and has the time for one at
  /// min_bytes_per_second besides.
  std::chrono::milliseconds write_timeout{10'000};
  /// Origins of pages that may connect beside the server's own: `scheme://host[:port]`, where `*.`
  /// at the start of the host is for one label or more; or `*` for any.
  std::vector<std::string> allowed_origins;
  /// Hosts, beside those of loopback, of a server that listens on loopback or on a Unix-domain
  /// socket: names, IPv4 addresses, or IPv6 addresses in brackets.
  std::vector<std::string> allowed_hosts;
  /// Addresses and networks (`10.0.0.0/8`, no bits behind the prefix) of proxies that say whose
  /// request it is that they pass on, in X-Forwarded-For or Forwarded; `unix:` for all that connect
  /// to a Unix-domain socket. They must write that field themselves, in place of what a client has
  /// put there or after it. Whoever is in such a network can choose its address, so that a network
  /// of all addresses (`0.0.0.0/0`) is refused.
  std::vector<std::string> trusted_proxies;
  /// Time over which a shutdown spreads the closes of the peers.
  std::chrono::milliseconds drain_spread{0};
  /// How long a shutdown then waits for the peers to close before it aborts them.
  std::chrono::milliseconds shutdown_timeout{5000};
  /// Folder of the built page, served at `/`; empty for the page that is compiled in.
  std::filesystem::path web_root;
  /// One of trace, debug, info, warn, error, off.
  std::string log_level = "info";

  // Not on the command line.

  /// How long a decision of your own may take that is a coroutine (server::on_authorize()). 503
  /// over it.
  std::chrono::milliseconds authorize_timeout{5000};

  /// A log of your own (event_log.hpp), instead of memory and others. One server uses it.
  std::shared_ptr<event_log> own_event_log;
  /// How long an event waits for NATS to store it. Then it is given up, or in doubt.
  std::chrono::milliseconds nats_timeout{15'000};
  /// After a log has failed for this long, the server is not ready: before that, all servers of a
  /// log would leave their load balancer together.
  std::chrono::milliseconds log_failure_patience{30'000};
  /// Most bytes of events from other threads that may wait to be published, and how long publish()
  /// waits for room. As many may wait to be stored by the log.
  std::size_t max_publish_queue_bytes = std::size_t{16} << 20;
  std::chrono::milliseconds publish_timeout{5000};
  /// Largest body of a request that publishes one event a line, in bytes.
  std::size_t max_bulk_bytes = std::size_t{4} << 20;
  /// How long a kept-alive HTTP connection may wait for its next request.
  std::chrono::milliseconds keep_alive_timeout{15'000};
  /// Bytes a second that move at least while a client sends a body or takes an answer, on the
  /// average since it began, beside handshake_timeout or write_timeout; at least 1.
  std::size_t min_bytes_per_second = std::size_t{4} << 10;
  /// Bytes that the kernel takes for a client before it can send them; it also holds what is under
  /// way. Over a Unix-domain socket, bytes of memory for all that the client has not read, of which
  /// a message takes at least 768; no more than twice net.core.wmem_max. At least 1.
  std::size_t max_unsent_bytes = std::size_t{128} << 10;
  /// How long a peer has to answer a close, and then to close the connection.
  std::chrono::milliseconds close_timeout{5000};
  /// Messages smaller than this are not compressed: they fit one packet as they are.
  std::size_t deflate_threshold_bytes = 1024;
  /// Most requests on one kept-alive HTTP connection.
  std::size_t max_requests = 100;
  /// Most header fields of a request; 431 over it.
  std::size_t max_request_fields = 100;
};

}  // namespace ws_demo
