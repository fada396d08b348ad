#include "settings.hpp"

#include "ws_demo/net.hpp"
#include "ws_demo/origin.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <optional>
#include <span>
#include <string_view>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

/// A whole number with one of the units behind it, at most `largest` once multiplied.
std::optional<std::uint64_t> parse_quantity(std::string_view text, std::span<const unit> units,
                                            std::uint64_t largest) {
  std::uint64_t number = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [rest, error] = std::from_chars(begin, end, number);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view name(rest, static_cast<std::size_t>(end - rest));
  const auto found = std::ranges::find(units, name, &unit::name);
  if (found == units.end() || number > largest / found->factor) return std::nullopt;
  return number * found->factor;
}

template <class T>
bool assign(T& target, const std::optional<T>& value) {
  if (value) target = *value;
  return value.has_value();
}

constexpr std::array log_levels{"trace", "debug", "info", "warn", "error", "off"};

bool assign_flag(bool& target, std::string_view text) {
  target = text == "true";
  return target || text == "false";
}

bool set_token(options& o, const std::string& path) {
  o.publish_token.clear();
  std::ifstream file(path);
  file >> o.publish_token;  // the first word
  return !o.publish_token.empty();
}

std::optional<std::uint64_t> parse_count(std::string_view text, std::uint64_t largest) {
  static constexpr std::array plain{unit{"", 1}};
  return parse_quantity(text, plain, largest);
}

}  // namespace

std::vector<setting> settings() {
  return {
      {"host", "ADDRESS", "127.0.0.1", "an IPv4 or IPv6 address, or localhost",
       "Address to listen on: IPv4, IPv6 or localhost", "Listening",
       [](options& o, const std::string& text) {
         error_code ec;
         const auto address = asio::ip::make_address(text == "localhost" ? "127.0.0.1" : text, ec);
         if (!ec) o.host = address;
         return !ec;
       }},
      {"port", "N", "9001", "a whole number from 0 to 65535",
       "TCP port to listen on; 0 lets the system choose", "Listening",
       [](options& o, const std::string& text) {
         const auto number = parse_count(text, 65535);
         if (number) o.port = static_cast<std::uint16_t>(*number);
         return number.has_value();
       }},
      {"admin-port", "N", "none", "a whole number from 0 to 65535",
       "Serve /metrics on this port of loopback instead; 0 lets the system choose", "Listening",
       [](options& o, const std::string& text) {
         const auto number = parse_count(text, 65535);
         if (number) o.admin_port = static_cast<std::uint16_t>(*number);
         return number.has_value();
       }},
      {"interval", "DURATION", "1s", "a duration such as 250ms, 1s or 2m (at most 24h), or 0",
       "Time between two pushes to a peer (250ms, 1s, 2m); 0 turns them off", "Events",
       [](options& o, const std::string& text) {
         return assign(o.interval, parse_duration(text));
       }},
      {"max-message-size", "SIZE", "1MiB",
       "a size such as 512 (bytes), 64KiB or 16MiB, from 1 byte to 1GiB",
       "Largest message a peer may send (bytes, KiB, MiB, GiB)", "Limits",
       [](options& o, const std::string& text) {
         const auto size = parse_size(text);
         return size && *size >= 1 && *size <= (std::size_t{1} << 30) &&
                assign(o.max_message_bytes, size);
       }},
      {"max-queue", "SIZE", "1MiB",
       "a size such as 512 (bytes), 64KiB or 16MiB, from 1 byte to 1GiB",
       "Most bytes of events that may wait for a peer (bytes, KiB, MiB, GiB)", "Limits",
       [](options& o, const std::string& text) {
         const auto size = parse_size(text);
         return size && *size >= 1 && *size <= (std::size_t{1} << 30) &&
                assign(o.max_queue_bytes, size);
       }},
      {"slow-peers", "POLICY", "close", "close or drop-oldest",
       "When --max-queue is reached: close the peer with 1008, or drop its oldest events", "Limits",
       [](options& o, const std::string& text) {
         o.slow_peers = text == "close" ? slow_policy::close : slow_policy::drop_oldest;
         return text == "close" || text == "drop-oldest";
       }},
      {"max-topics", "N", "64", "a whole number from 1 to 10000",
       "Most topics and patterns that a peer may subscribe to", "Limits",
       [](options& o, const std::string& text) {
         const auto number = parse_count(text, 10'000);
         return number && *number > 0 && assign(o.max_topics, number);
       }},
      {"max-peers", "N", "by descriptors", "a whole number from 1 to 1000000",
       "Most peers at once, of both kinds; unless set, what the limit of open descriptors allows",
       "Limits",
       [](options& o, const std::string& text) {
         const auto number = parse_count(text, 1'000'000);
         return number && *number > 0 && assign(o.max_peers, number);
       }},
      {"max-peers-per-address", "N", "0", "a whole number from 0 (no limit) to 1000000",
       "Most peers at once from one address; 0 for any number", "Limits",
       [](options& o, const std::string& text) {
         return assign(o.max_peers_per_address, parse_count(text, 1'000'000));
       }},
      {"handshake-timeout", "DURATION", "10s", "a duration such as 500ms, 10s or 1m (at most 24h)",
       "From accept to the 101, however slowly the bytes come (500ms, 10s, 1m)", "Limits",
       [](options& o, const std::string& text) {
         return assign(o.handshake_timeout, parse_duration(text)) && o.handshake_timeout > 0ms;
       }},
      {"idle-timeout", "DURATION", "50s", "a duration such as 500ms, 50s or 2m (at most 24h)",
       "Drop a peer from which nothing comes for this long; pings at half of it (500ms, 50s, 2m)",
       "Limits",
       [](options& o, const std::string& text) {
         return assign(o.idle_timeout, parse_duration(text)) && o.idle_timeout > 0ms;
       }},
      {"write-timeout", "DURATION", "10s", "a duration such as 500ms, 10s or 1m (at most 24h)",
       "Drop a peer that takes no byte for this long (500ms, 10s, 1m)", "Limits",
       [](options& o, const std::string& text) {
         return assign(o.write_timeout, parse_duration(text)) && o.write_timeout > 0ms;
       }},
      {"drain-spread", "DURATION", "0", "a duration such as 500ms, 30s or 2m (at most 24h), or 0",
       "Over how long a stop spreads the closes of the peers (500ms, 30s, 2m)", "Limits",
       [](options& o, const std::string& text) {
         return assign(o.drain_spread, parse_duration(text));
       }},
      {"shutdown-timeout", "DURATION", "5s", "a duration such as 500ms, 5s or 1m (at most 24h)",
       "How long a stop then waits for the peers to go (500ms, 5s, 1m)", "Limits",
       [](options& o, const std::string& text) {
         return assign(o.shutdown_timeout, parse_duration(text));
       }},
      {"allow-origin", "ORIGIN", "own and loopback",
       "an origin such as https://app.example.com, or * for any",
       "Let pages of this origin connect too; may be given several times", "Who may connect",
       [](options& o, const std::string& text) {
         o.allowed_origins.push_back(text);
         return is_origin_pattern(text);
       },
       true},
      {"allow-host", "NAME", "loopback", "a host name such as app.example.com, without a port",
       "While listening on loopback, answer to this name too; may be given several times",
       "Who may connect",
       [](options& o, const std::string& text) {
         o.allowed_hosts.push_back(text);
         return !text.empty() && text.find_first_of("/:@ ") == std::string::npos;
       },
       true},
      {"publish-token-file", "FILE", "none", "a file that holds a token",
       "Let who knows the token in FILE publish over HTTP (or WS_DEMO_PUBLISH_TOKEN has it)",
       "Events", set_token},
      {"stdin", "", "off", "true or false",
       R"(Publish each line of standard input as it comes: {"topic":...,"payload":...})", "Events",
       [](options& o, const std::string& text) {
         bool wanted = false;
         const bool valid = assign_flag(wanted, text);
         if (wanted) o.lines_from = STDIN_FILENO;
         return valid;
       }},
      {"max-event-size", "SIZE", "64KiB", "a size such as 512 (bytes), 64KiB or 1MiB, up to 16MiB",
       "Largest payload of a published event (bytes, KiB, MiB)", "Events",
       [](options& o, const std::string& text) {
         const auto size = parse_size(text);
         return size && *size >= 1 && *size <= (std::size_t{16} << 20) &&
                assign(o.max_event_bytes, size);
       }},
      {"history", "N", "1000", "a whole number from 0 to 1000000",
       "How many events of each topic are kept for those who come back", "Events",
       [](options& o, const std::string& text) {
         return assign(o.history_events, parse_count(text, 1'000'000));
       }},
      {"history-age", "DURATION", "5m", "a duration such as 30s, 5m or 1h (at most 24h)",
       "How long they are kept (30s, 5m, 1h)", "Events",
       [](options& o, const std::string& text) {
         return assign(o.history_age, parse_duration(text));
       }},
      {"history-bytes", "SIZE", "64MiB", "a size such as 512KiB or 64MiB, up to 64GiB",
       "How many bytes of all topics are kept (bytes, KiB, MiB, GiB)", "Events",
       [](options& o, const std::string& text) {
         const auto size = parse_size(text);
         return size && *size <= (std::size_t{64} << 30) && assign(o.history_bytes, size);
       }},
      {"max-topics-total", "N", "100000", "a whole number from 1 to 10000000",
       "Most topics with events that are kept", "Events",
       [](options& o, const std::string& text) {
         const auto number = parse_count(text, 10'000'000);
         return number && *number > 0 && assign(o.max_topics_total, number);
       }},
      {"deflate", "", "off", "true or false",
       "Compress larger messages for the peers that can (permessage-deflate)", "Events",
       [](options& o, const std::string& text) { return assign_flag(o.deflate, text); }},
      {"web-root", "DIR", "web/dist of the sources", "a folder with an index.html",
       "Folder of the built page; without one, a small built-in page is served", "Page",
       [](options& o, const std::string& text) {
         o.web_root = text;
         return !text.empty();
       }},
      {"log-level", "LEVEL", "info", "one of trace, debug, info, warn, error, off",
       "What to log: trace, debug, info, warn, error, off", "Running",
       [](options& o, const std::string& text) {
         if (std::ranges::find(log_levels, text) == log_levels.end()) return false;
         o.log_level = text;
         return true;
       }},
  };
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  static constexpr std::array units{unit{"ms", 1}, unit{"s", 1'000}, unit{"m", 60'000},
                                    unit{"h", 3'600'000}};
  if (text == "0") return 0ms;
  const auto count = parse_quantity(text, units, 86'400'000);
  if (!count) return std::nullopt;
  return std::chrono::milliseconds(*count);
}

std::optional<std::size_t> parse_size(std::string_view text) {
  static constexpr std::array units{unit{"", 1}, unit{"KiB", std::uint64_t{1} << 10},
                                    unit{"MiB", std::uint64_t{1} << 20},
                                    unit{"GiB", std::uint64_t{1} << 30}};
  return parse_quantity(text, units, std::uint64_t{1} << 40);
}

}  // namespace ws_demo
