#include "events/nats/jetstream.hpp"

#include "events/topic.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <vector>

namespace ws_demo::jetstream {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// In the description of a stream, before its epoch.
constexpr std::string_view epoch_mark = "ws-demo epoch=";
constexpr std::string_view empty_name = "~";
/// Between an epoch and how often its log has lost its end.
constexpr char loss_mark = 'x';

constexpr std::uint64_t least_stream_bytes = std::uint64_t{1} << 20;
constexpr nanoseconds longest_duplicate_window = 2min;
/// NATS takes no shorter age.
constexpr nanoseconds least_age = 100ms;

constexpr int store_failed = 10077;
constexpr int stream_not_found = 10059;
constexpr int stream_name_in_use = 10058;
constexpr int message_too_large = 10054;

json parse(std::string_view text) {
  auto parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
  return parsed.is_object() ? parsed : json::object();
}

/// A member, or what stands for it where there is none of that type.
template <class T>
T member(const json& of, const char* name, T otherwise) {
  const auto found = of.find(name);
  if (found == of.end()) return otherwise;
  try {
    return found->get<T>();
  } catch (const json::exception&) {
    return otherwise;
  }
}

json object_member(const json& of, const char* name) {
  const auto found = of.find(name);
  return found != of.end() && found->is_object() ? *found : json::object();
}

std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t dot = 0; dot != std::string_view::npos;) {
    dot = text.find('.');
    parts.push_back(text.substr(0, dot));
    if (dot != std::string_view::npos) text.remove_prefix(dot + 1);
  }
  return parts;
}

std::string subjects_of(std::string_view stream) {
  return std::string(stream).append(".>");
}

std::string epoch_in(std::string_view description) {
  const auto mark = description.find(epoch_mark);
  if (mark == std::string_view::npos) return {};
  description.remove_prefix(mark + epoch_mark.size());
  const auto* const end = std::ranges::find_if_not(description, [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
  });
  return {description.begin(), end};
}

json limits_of(const options& o) {
  const nanoseconds age = std::max<nanoseconds>(o.history_age, least_age);
  const auto bytes =
      std::max<std::uint64_t>({o.history_bytes, 2 * o.max_event_bytes, least_stream_bytes});
  return {{"max_age", age.count()},
          {"max_bytes", bytes},
          {"duplicate_window", std::min(age, longest_duplicate_window).count()}};
}

json consumer_request(std::string_view stream, std::string_view name, std::string_view deliver_to) {
  constexpr nanoseconds heartbeat = 1s;
  constexpr nanoseconds inactive = 30s;
  return {{"stream_name", stream},
          {"config",
           {{"name", name},
            {"deliver_subject", deliver_to},
            {"ack_policy", "none"},
            {"max_deliver", 1},
            {"replay_policy", "instant"},
            {"flow_control", true},
            {"idle_heartbeat", heartbeat.count()},
            {"inactive_threshold", inactive.count()},
            {"num_replicas", 1},
            {"mem_storage", true}}}};
}

}  // namespace

std::string subject_of(std::string_view stream, std::string_view topic) {
  std::string subject(stream);
  for (const auto name : split(topic)) subject.append(".").append(name.empty() ? empty_name : name);
  return subject;
}

std::optional<std::string> topic_of(std::string_view stream, std::string_view subject) {
  if (!subject.starts_with(stream) || !subject.substr(stream.size()).starts_with('.'))
    return std::nullopt;
  std::string topic;
  for (const auto name : split(subject.substr(stream.size() + 1)))
    topic.append(".").append(name == empty_name ? "" : name);
  topic.erase(0, 1);
  if (!is_topic(topic)) return std::nullopt;
  return topic;
}

/// `$JS.ACK.<stream>.<consumer>.<delivered>.<number>.<consumer number>.<time>.<pending>`; with two
/// more names, for domain and account, after the second (ADR-15).
std::optional<place> parse_place(std::string_view reply_subject) {
  constexpr std::size_t parts_before_domains = 9;
  auto parts = split(reply_subject);
  if (parts.size() < parts_before_domains || parts[0] != "$JS" || parts[1] != "ACK")
    return std::nullopt;
  if (parts.size() > parts_before_domains) parts.erase(parts.begin() + 2, parts.begin() + 4);
  if (parts.size() < parts_before_domains) return std::nullopt;
  const auto since_1970 = nanoseconds(number_of(parts[7]));
  return place{.consumer = parts[3],
               .number = number_of(parts[5]),
               .consumer_number = number_of(parts[6]),
               .at = std::chrono::system_clock::time_point(
                   std::chrono::duration_cast<std::chrono::system_clock::duration>(since_1970)),
               .pending = number_of(parts[8])};
}

bool failure::means_no_stream() const {
  return code == stream_not_found;
}

bool failure::means_name_in_use() const {
  return code == stream_name_in_use;
}

bool failure::means_too_large() const {
  return code == message_too_large;
}

bool failure::is_temporary() const {
  // No quorum, or none yet; not the leader any more; shutting down; too many requests; the same is
  // being stored. Raft's own errors have only a code of HTTP.
  constexpr std::array temporary{503, 10008, 10009, 10035, 10039, 10118, 10158, 10167};
  return std::ranges::find(temporary, code) != temporary.end();
}

failure parse_failure(std::string_view answer) {
  const auto error = object_member(parse(answer), "error");
  if (error.empty()) return {};
  const int code = member(error, "err_code", member(error, "code", store_failed));
  return {code, member<std::string>(error, "description", "error " + std::to_string(code))};
}

std::optional<stored> parse_stored(std::string_view answer) {
  const auto parsed = parse(answer);
  const auto number = member<std::uint64_t>(parsed, "seq", 0);
  if (number == 0) return std::nullopt;
  return stored{.number = number, .is_duplicate = member<bool>(parsed, "duplicate", false)};
}

std::optional<std::string> parse_time(std::string_view answer) {
  auto time = member<std::string>(object_member(parse(answer), "message"), "time", "");
  if (time.empty()) return std::nullopt;
  return time;
}

/// RFC 3339 in UTC, with as many digits as are needed.
std::string time_text(std::chrono::system_clock::time_point at) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  auto text = fmt::format("{:%FT%T}", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)));
  auto fraction = fmt::format(".{:09}", nanoseconds(at - seconds).count());
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return text.append(fraction == "." ? "" : fraction).append("Z");
}

stream_info parse_stream(std::string_view answer) {
  const auto parsed = parse(answer);
  const auto config = object_member(parsed, "config");
  if (config.empty()) throw std::runtime_error("an answer of JetStream is not valid");
  return {.config = config.dump(),
          .epoch = epoch_in(member<std::string>(config, "description", "")),
          .last = member<std::uint64_t>(object_member(parsed, "state"), "last_seq", 0)};
}

std::string new_stream(const options& o, std::string_view epoch) {
  json config = limits_of(o);
  config.update({{"name", o.nats_stream},
                 {"description", std::string(epoch_mark).append(epoch)},
                 {"subjects", {subjects_of(o.nats_stream)}},
                 {"retention", "limits"},
                 {"discard", "old"},
                 {"storage", "file"},
                 {"num_replicas", o.nats_replicas}});
  return config.dump();
}

std::string with_epoch(std::string_view config, std::string_view epoch) {
  auto changed = parse(config);
  auto description = member<std::string>(changed, "description", "");
  const auto before = epoch_in(description);
  const auto mark = description.find(epoch_mark);
  if (mark == std::string::npos)
    description.append(description.empty() ? "" : " ").append(epoch_mark).append(epoch);
  else
    description.replace(mark + epoch_mark.size(), before.size(), epoch);
  changed["description"] = description;
  return changed.dump();
}

std::optional<std::string> with_limits(std::string_view config, const options& o) {
  auto changed = parse(config);
  const auto description = member<std::string>(changed, "description", "");
  const bool is_ours = description == std::string(epoch_mark).append(epoch_in(description));
  const auto before = changed;
  changed.update(limits_of(o));
  if (!is_ours || changed == before) return std::nullopt;
  return changed.dump();
}

std::string unfitness(std::string_view config, const options& o) {
  const auto parsed = parse(config);
  const auto subjects = member<std::vector<std::string>>(parsed, "subjects", {});
  if (std::ranges::find(subjects, subjects_of(o.nats_stream)) == subjects.end())
    return fmt::format("its subjects do not include {}", subjects_of(o.nats_stream));
  if (member<std::int64_t>(parsed, "max_msgs_per_subject", -1) > 0)
    return "it has a limit of messages per subject, so that nobody could tell what is missing";
  if (member<std::string>(parsed, "retention", "limits") != "limits")
    return "its retention is not by limits, so that events go when somebody has read them";
  if (member<bool>(parsed, "no_ack", false)) return "it does not acknowledge messages";
  return {};
}

std::chrono::milliseconds duplicate_window(std::string_view config) {
  const nanoseconds window(member<std::int64_t>(parse(config), "duplicate_window", 0));
  return std::chrono::duration_cast<milliseconds>(window);
}

std::string epoch_after(std::string_view epoch) {
  const auto mark = epoch.find(loss_mark);
  const auto losses = mark == std::string_view::npos ? 0 : number_of(epoch.substr(mark + 1));
  return fmt::format("{}{}{}", epoch.substr(0, mark), loss_mark, losses + 1);
}

std::string new_consumer(std::string_view stream, std::string_view name,
                         std::string_view deliver_to, std::uint64_t from) {
  auto request = consumer_request(stream, name, deliver_to);
  request["config"]["deliver_policy"] = "by_start_sequence";
  request["config"]["opt_start_seq"] = from;
  return request.dump();
}

std::string new_consumer(std::string_view stream, std::string_view name,
                         std::string_view deliver_to, std::chrono::system_clock::time_point since) {
  auto request = consumer_request(stream, name, deliver_to);
  request["config"]["deliver_policy"] = "by_start_time";
  request["config"]["opt_start_time"] =
      fmt::format("{:%FT%T}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(since)));
  return request.dump();
}

std::uint64_t parse_consumer(std::string_view answer) {
  return member<std::uint64_t>(object_member(parse(answer), "delivered"), "stream_seq", 0);
}

}  // namespace ws_demo::jetstream
