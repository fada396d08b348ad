#include "app/option_table.hpp"

#include "app/access_option.hpp"
#include "app/event_log_option.hpp"
#include "app/listening_option.hpp"
#include "app/option_kinds.hpp"
#include "app/publish_token.hpp"
#include "common/memory_budget.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr std::size_t kib = std::size_t{1} << 10;
constexpr std::size_t mib = std::size_t{1} << 20;
constexpr std::size_t gib = std::size_t{1} << 30;

/// Where an option stands in --help.
constexpr const char* listening = "Listening";
constexpr const char* events = "Events";
constexpr const char* limits = "Limits";
constexpr const char* access = "Who may connect";
constexpr const char* page = "Page";
constexpr const char* running = "Running";

bool set_slow_peers(options& o, const std::string& text) {
  o.slow_peers = text == "close" ? slow_policy::close : slow_policy::drop_oldest;
  return text == "close" || text == "drop-oldest";
}

bool set_publish_token(options& o, const std::string& path) {
  const auto token = read_token_file(path);
  o.publish_token = token.value_or("");
  return token.has_value();
}

bool set_log_level(options& o, const std::string& text) {
  constexpr std::array levels{"trace", "debug", "info", "warn", "error", "off"};
  o.log_level = text;
  return std::ranges::find(levels, text) != levels.end();
}

bool set_web_root(options& o, const std::string& text) {
  o.web_root = text;
  return !text.empty();
}

void set_stdin(options& o, bool on) {
  if (on)
    o.lines_from = STDIN_FILENO;
  else
    o.lines_from.reset();
}

}  // namespace

std::vector<option_entry> option_table() {
  auto max_connections =
      count("max-connections", &options::max_connections, 1, 1'000'000, limits,
            "Most connections at once; over it, the idlest is closed, or else the new one");
  auto max_peers = count("max-peers", &options::max_peers, 1, 1'000'000, limits,
                         "Most peers at once, over WebSocket or /events");
  auto max_memory =
      size("max-memory", &options::max_memory_bytes, memory_budget::least_bytes, 1024 * gib, limits,
           "Most memory for queues, messages, history and connections together");
  max_memory.initial = "half of the system's";
  max_connections.initial = max_peers.initial = "by descriptors";
  return {
      {"host", "ADDRESS", options{}.host.to_string(), "",
       "an IPv4 or IPv6 address, localhost, or unix: and a path of at most 107 bytes",
       "Address to listen on: IPv4, IPv6, localhost, or unix:PATH of a Unix-domain socket",
       listening, set_host},
      {"socket-mode", "MODE", "0660", "", "an octal mode such as 0660",
       "File mode of unix:PATH, octal: whoever may write to it may connect", listening,
       set_socket_mode},
      count("port", &options::port, 0, 65535, listening,
            "TCP port to listen on; 0 lets the system choose"),
      count("admin-port", &options::admin_port, 0, 65535, listening,
            "Serve /metrics on this port of loopback instead; 0 lets the system choose"),

      duration("interval", &options::interval, 0ms, events,
               "Time between two random events to a peer; 0 for none"),
      {"publish-token-file", "FILE", "none", "", "a file that holds " + describe_token(),
       "Accept events over HTTP from clients with the token in FILE, or in WS_DEMO_PUBLISH_TOKEN",
       events, set_publish_token},
      flag("stdin", events,
           R"(Publish each line of standard input as it comes: {"topic":...,"payload":...})",
           set_stdin),
      size("max-event-size", &options::max_event_bytes, 1, mib, events,
           "Largest payload of a published event"),
      count("history", &options::history_events, 0, 1'000'000, events,
            "Events of each topic that are kept for peers that reconnect"),
      duration("history-age", &options::history_age, 0ms, events, "How long they are kept"),
      size("history-bytes", &options::history_bytes, 0, 64 * gib, events,
           "Bytes of all topics that are kept"),
      {"event-log", "LOG", "memory", "",
       "the name of a file, or nats://host:port, with commas between several",
       "Keep events in an SQLite FILE, or at nats://HOST:PORT[,...], so that they outlive the "
       "process",
       events, set_event_log},
      flag("event-log-sync", events,
           "Acknowledge an event when the disk has it, so that it outlives a power cut too",
           [](options& o, bool on) { o.event_log_sync = on; }),
      {"event-log-stream", "NAME", options{}.nats_stream, "",
       "a name of 1 to 64 letters, digits, '_' and '-'",
       "The JetStream stream, which is made if it is not there", events, set_nats_stream},
      count("event-log-replicas", &options::nats_replicas, 1, 5, events,
            "NATS servers that each keep all events of a stream that is made"),
      file("event-log-creds", &options::nats_credentials_file, events,
           "NATS credentials of the user (.creds)"),
      file("event-log-ca", &options::nats_ca_file, events,
           "Certificates of the authorities that NATS' own may be of, instead of the system's"),
      file("event-log-cert", &options::nats_certificate_file, events,
           "Certificate to show to NATS"),
      file("event-log-key", &options::nats_key_file, events, "The private key of it"),
      count("max-topics-total", &options::max_topics_total, 1, 10'000'000, events,
            "Most topics with events that are kept"),
      flag("deflate", events,
           "Compress messages of 1 to 64 KiB for peers that support permessage-deflate",
           [](options& o, bool on) { o.deflate = on; }),

      size("max-message-size", &options::max_message_bytes, 1, gib, limits,
           "Largest message that a peer may send; a larger one closes it with 1009"),
      size("max-queue", &options::max_queue_bytes, 1, gib, limits,
           "Most bytes of events that may wait for a slow peer, with 64 more for each"),
      {"slow-peers", "POLICY", "close", "", "close or drop-oldest",
       "Over --max-queue: close the peer with 1008, or drop-oldest events and tell it", limits,
       set_slow_peers},
      std::move(max_memory),
      count("max-topics", &options::max_topics, 1, 10'000, limits,
            "Most topics and patterns that a peer may subscribe to"),
      std::move(max_connections),
      count("max-connections-per-address", &options::max_connections_per_address, 0, 1'000'000,
            limits, "The same for one address, not that of a trusted proxy; 0 for no limit"),
      std::move(max_peers),
      count("max-peers-per-address", &options::max_peers_per_address, 0, 1'000'000, limits,
            "Most peers at once from one address; 0 for no limit"),
      size("max-request-head", &options::max_request_head_bytes, 4 * kib, 64 * kib, limits,
           "Largest head of a request, which has the cookies; 431 over it"),
      duration("handshake-timeout", &options::handshake_timeout, 1ms, limits,
               "Time from accept to the answer, however slowly the request comes"),
      duration("idle-timeout", &options::idle_timeout, 1ms, limits,
               "Drop a peer that is silent for this long; it gets a ping at half of it"),
      duration("write-timeout", &options::write_timeout, 1ms, limits,
               "Drop a client that takes not one byte for this long"),
      duration("drain-spread", &options::drain_spread, 0ms, limits,
               "Time over which a shutdown spreads the closes of the peers"),
      duration("shutdown-timeout", &options::shutdown_timeout, 0ms, limits,
               "How long a shutdown then waits for the peers to close"),

      {"allow-origin", "ORIGIN", "own and loopback", "",
       "an origin such as https://app.example.com or https://*.example.com, or * for any",
       "Accept pages of this origin too, * for any; may be repeated", access, add_origin, true,
       origin_advice},
      {"allow-host", "NAME", "loopback", "", "a host name such as app.example.com, without a port",
       "On loopback or unix:PATH, accept this host name too; may be repeated", access, add_host,
       true, host_advice},
      {"trusted-proxy", "CIDR", "none", "",
       "an address or network such as 127.0.0.1, 10.0.0.0/8 or fd00::/8, or unix:",
       "Proxies whose X-Forwarded-For or Forwarded says who the client is, unix: for those at "
       "unix:PATH; may be repeated",
       access, add_trusted_proxy, true, trusted_proxy_advice},
      file("token-keys", &options::token_keys_file, access,
           "Only those subscribe who have a token signed with a key of FILE, a JSON Web Key Set; "
           "SIGHUP reads it again"),
      {"public-topics", "TOPICS", "random", "",
       "topics and patterns such as news or news.*, with commas between several",
       "Topics and patterns that need no token, with commas between several; in place of random",
       access, set_public_topics},
      text("token-audience", "NAME", &options::token_audience, access,
           "The audience (aud) that a token must be for; without it, it must be for none"),
      text("token-issuer", "NAME", &options::token_issuer, access,
           "The issuer (iss) that a token must be of; without it, of any"),
      duration("token-clock-skew", &options::token_clock_skew, 0ms, access,
               "By how much the clock of who issues tokens may differ"),
      {"token-cookie", "NAME", "none", "", "the name of a cookie",
       "Take the token of a page from this cookie too", access, set_token_cookie},
      flag("token-in-query", access,
           "Take the token from the query too (access_token=...); the logs of proxies may show it",
           [](options& o, bool on) { o.token_in_query = on; }),
      {"web-root", "DIR", "web/dist of the sources", "", "a folder with an index.html",
       "Folder of the built page; without one, a small built-in page is served", page,
       set_web_root},
      {"log-level", "LEVEL", options{}.log_level, "", "one of trace, debug, info, warn, error, off",
       "What to log: trace, debug, info, warn, error, off", running, set_log_level},
  };
}

}  // namespace ws_demo
