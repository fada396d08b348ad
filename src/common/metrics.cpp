#include "common/metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>
#include <utility>
#include <vector>

namespace ws_demo {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily family(const char* name, const char* help, MetricType type) {
  MetricFamily result;
  result.name = name;
  result.help = help;
  result.type = type;
  return result;
}

MetricFamily gauge(const char* name, const char* help, double value) {
  auto result = family(name, help, MetricType::Gauge);
  result.metric.emplace_back().gauge.value = value;
  return result;
}

MetricFamily counter(const char* name, const char* help, double value) {
  auto result = family(name, help, MetricType::Counter);
  result.metric.emplace_back().counter.value = value;
  return result;
}

MetricFamily counter(const char* name, const char* help, const char* label,
                     const std::map<std::string, std::uint64_t, std::less<>>& values) {
  auto result = family(name, help, MetricType::Counter);
  for (const auto& [text, value] : values) {
    auto& metric = result.metric.emplace_back();
    metric.label.push_back({label, text});
    metric.counter.value = static_cast<double>(value);
  }
  return result;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");  // proc(5): all pages, then those in memory
  double all = 0;
  double resident = 0;
  statm >> all >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

constexpr const char* descriptors_folder = "/proc/self/fd";

/// Counts them one by one.
double count_open_descriptors() {
  std::error_code ec;
  const std::filesystem::directory_iterator open(descriptors_folder, ec);
  // One of them is the folder itself.
  return ec ? 0 : static_cast<double>(std::distance(begin(open), end(open)) - 1);
}

/// Since Linux 6.2 the size of the folder is their number (proc_pid_fd(5)). Counting thousands
/// would take too long, so before that it is what there was at the start, and what has been opened
/// since.
double estimate_open_descriptors(double at_start, std::size_t since) {
  struct stat folder{};
  if (::stat(descriptors_folder, &folder) == 0 && folder.st_size > 0)
    return static_cast<double>(folder.st_size);
  return at_start + static_cast<double>(since);
}

void add_histogram(std::vector<MetricFamily>& to, const char* name, const char* help,
                   const histogram& of) {
  auto& made =
      to.emplace_back(family(name, help, MetricType::Histogram)).metric.emplace_back().histogram;
  for (std::size_t i = 0; i < of.counts.size(); ++i) {
    made.sample_count += of.counts.at(i);
    const double bound = i < histogram::bounds.size() ? histogram::bounds.at(i)
                                                      : std::numeric_limits<double>::infinity();
    made.bucket.push_back({made.sample_count, bound});
  }
  made.sample_sum = of.sum;
}

/// The names that all of Prometheus' own client libraries give to these.
void add_process(std::vector<MetricFamily>& to, double open_descriptors) {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  rlimit descriptors{};
  ::getrlimit(RLIMIT_NOFILE, &descriptors);
  to.push_back(counter("process_cpu_seconds_total", "User and system CPU time spent, in seconds.",
                       seconds(used.ru_utime) + seconds(used.ru_stime)));
  to.push_back(
      gauge("process_resident_memory_bytes", "Resident memory, in bytes.", resident_bytes()));
  to.push_back(gauge("process_open_fds", "Open descriptors.", open_descriptors));
  to.push_back(gauge("process_max_fds", "Most descriptors that may be open.",
                     static_cast<double>(descriptors.rlim_cur)));
}

}  // namespace

metrics::metrics()
    : events_lost{{"close", 0}, {"drop-oldest", 0}, {"late", 0}},
      events_published{{"http", 0}, {"library", 0}, {"stdin", 0}},
      refused{{"address_connections", 0},
              {"address_full", 0},
              {"connections", 0},
              {"draining", 0},
              {"event", 0},
              {"full", 0},
              {"head", 0},
              {"host", 0},
              {"line", 0},
              {"log", 0},
              {"memory", 0},
              {"origin", 0},
              {"topics", 0}},
      descriptors_at_start_(count_open_descriptors()) {}

void histogram::add(std::chrono::steady_clock::duration time) {
  const double length = std::max(std::chrono::duration<double>(time).count(), 0.0);
  const auto* const bucket = std::ranges::lower_bound(bounds, length);
  ++counts.at(static_cast<std::size_t>(bucket - bounds.begin()));
  sum += length;
}

void metrics::closed(std::uint16_t code) noexcept {
  const bool is_known = code >= first_code && code <= last_code;
  ++closed_.at(is_known ? code - first_code : closed_.size() - 1);
}

std::map<std::string, std::uint64_t, std::less<>> metrics::closed_by_code() const {
  // The usual ones are there from the start, so that the first occurrence is an increase.
  std::map<std::string, std::uint64_t, std::less<>> by_code{
      {"1000", 0}, {"1001", 0}, {"1006", 0}, {"1013", 0}};
  for (std::size_t i = 0; i < closed_.size(); ++i)
    if (closed_.at(i) > 0)
      by_code[i + 1 < closed_.size() ? std::to_string(first_code + i) : "other"] = closed_.at(i);
  return by_code;
}

std::string metrics::exposition(const levels& now) const {
  const auto number = [](auto value) { return static_cast<double>(value); };
  std::vector<MetricFamily> all{
      gauge("ws_demo_peers", "Peers connected over WebSocket or /events.", number(now.peers)),
      gauge("ws_demo_connections", "Open connections, of peers and others.",
            number(now.connections)),
      gauge("ws_demo_memory_bytes", "Memory of queues, messages, history and connections.",
            number(now.memory_bytes)),
      gauge("ws_demo_memory_limit_bytes", "Limit of ws_demo_memory_bytes.",
            number(now.memory_limit_bytes)),
      counter("ws_demo_peers_accepted_total", "Peers accepted.", number(peers_accepted)),
      counter("ws_demo_messages_received_total", "Messages received from peers.",
              number(messages_received)),
      counter("ws_demo_messages_received_bytes_total", "Payload received from peers, in bytes.",
              number(messages_received_bytes)),
      counter("ws_demo_messages_sent_total", "Messages sent to peers.", number(messages_sent)),
      counter("ws_demo_messages_sent_bytes_total", "Payload sent to peers, in bytes.",
              number(messages_sent_bytes)),
      counter("ws_demo_events_lost_total",
              "Events not sent to a peer: too late for it, or the peer was too slow.", "policy",
              events_lost),
      counter("ws_demo_refused_total", "Connections, requests and events rejected, by reason.",
              "reason", refused),
      counter("ws_demo_idle_closed_total", "Idle connections closed to make room for others.",
              number(idle_closed)),
      counter("ws_demo_closed_total", "Peers disconnected, by close code (1006: none).", "code",
              closed_by_code()),
      counter("ws_demo_events_published_total", "Events published, by source.", "via",
              events_published),
      gauge("ws_demo_history_events", "Events in the history.", number(history_events)),
      gauge("ws_demo_history_bytes", "Bytes of the events in the history.", number(history_bytes)),
      gauge("ws_demo_event_log_waiting_bytes", "Bytes of events that wait to be stored in the log.",
            number(event_log_bytes)),
      gauge("ws_demo_event_log_up", "Whether the log stores events: 1, or 0 while it has failed.",
            now.event_log_works ? 1 : 0),
      gauge("ws_demo_event_log_behind_events", "Events in the log that have not been read from it.",
            number(now.event_log_behind)),
      counter("ws_demo_event_log_reconnects_total", "Times that a lost log has come back.",
              number(now.event_log_reconnects)),
      counter("ws_demo_recoveries_total", "Replays of missed events to reconnecting peers.",
              number(recoveries)),
      counter("ws_demo_gaps_total", "Replays from which events were missing.", number(gaps)),
      counter("ws_demo_log_lines_left_out_total", "Lines counted in the log instead of written.",
              number(log_lines_left_out)),
      gauge("ws_demo_queue_bytes", "Bytes waiting in all send queues.", number(queue_bytes)),
      gauge("ws_demo_queue_high_water_bytes", "Most bytes that have waited in one send queue.",
            number(queue_high_water_bytes))};

  add_histogram(all, "ws_demo_push_lateness_seconds",
                "Delay between an event's due time and its sending.", lateness_);
  add_histogram(all, "ws_demo_event_log_seconds",
                "Time until the log has stored and delivered events that were appended together.",
                storing_);
  add_process(all, estimate_open_descriptors(descriptors_at_start_, now.connections));
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, all);
  return text.str();
}

}  // namespace ws_demo
