#include "common/metrics.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

/// Whether the exposition has this line.
bool says(const metrics& counts, const std::string& line) {
  const auto text = counts.exposition({});
  std::istringstream lines(text);
  for (std::string each; std::getline(lines, each);)
    if (each == line) return true;
  return false;
}

TEST(Metrics, EverySeriesIsThereFromTheStart) {
  const metrics counts;
  for (const char* line :
       {"ws_demo_peers 0", "ws_demo_connections 0", "ws_demo_peers_accepted_total 0",
        R"(ws_demo_events_lost_total{policy="close"} 0)",
        R"(ws_demo_refused_total{reason="origin"} 0)", "ws_demo_queue_bytes 0",
        "ws_demo_push_lateness_seconds_count 0"})
    EXPECT_TRUE(says(counts, line)) << line;
}

TEST(Metrics, LatenessFallsIntoItsBucketAndAllAbove) {
  metrics counts;
  counts.pushed(1ms);
  counts.pushed(30ms);
  counts.pushed(-1ms);
  counts.pushed(5s);
  for (const char* line : {R"(ws_demo_push_lateness_seconds_bucket{le="0.001"} 2)",
                           R"(ws_demo_push_lateness_seconds_bucket{le="0.05"} 3)",
                           R"(ws_demo_push_lateness_seconds_bucket{le="1"} 3)",
                           R"(ws_demo_push_lateness_seconds_bucket{le="+Inf"} 4)"})
    EXPECT_TRUE(says(counts, line)) << line << "\n" << counts.exposition({});
}

TEST(Metrics, PeersCannotMakeSeriesOfTheirOwn) {
  metrics counts;
  for (const std::uint16_t code : std::initializer_list<std::uint16_t>{1000, 1006, 3000, 4999, 0})
    counts.closed(code);
  for (const char* line :
       {R"(ws_demo_closed_total{code="1000"} 1)", R"(ws_demo_closed_total{code="1006"} 1)",
        R"(ws_demo_closed_total{code="other"} 3)"})
    EXPECT_TRUE(says(counts, line)) << line;
}

TEST(Metrics, TheProcessIsMeasured) {
  const auto text = metrics().exposition({});
  for (const std::string name : {"process_cpu_seconds_total", "process_resident_memory_bytes",
                                 "process_open_fds", "process_max_fds"}) {
    const auto at = text.find('\n' + name + ' ');
    ASSERT_NE(at, std::string::npos) << name;
    EXPECT_GT(std::stod(text.substr(at + name.size() + 2)), 0) << name;
  }
}

}  // namespace
}  // namespace ws_demo
