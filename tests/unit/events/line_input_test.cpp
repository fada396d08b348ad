#include "events/line_input.hpp"

#include "common/memory_budget.hpp"
#include "events/memory_log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

class LineInput : public ::testing::Test {
 protected:
  LineInput() {
    stored_in.open(center);
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  }
  void TearDown() override {
    ::close(ends[0]);
    finish();
  }

  void write(const std::string& text) {
    ASSERT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void finish() {
    if (ends[1] >= 0) ::close(ends[1]);
    ends[1] = -1;
  }
  /// Runs until there is nothing more to do, or, where the input is open, for a moment.
  void run(line_input& input) {
    if (!started) asio::co_spawn(io, input.publish_all(), asio::detached);
    started = true;
    io.restart();
    io.run_for(ends[1] < 0 ? 30s : 50ms);
  }
  /// Topic and payload of all that has been published.
  std::vector<std::string> published() {
    const std::vector<std::string> all{"*"};
    std::vector<std::string> result;
    for (const auto& event : replay(center.past(), all, 0, 0).next(65536, 0).events)
      result.push_back(event->text.substr(0, event->text.find(",\"id\"")));
    return result;
  }

  asio::io_context io{1};
  options limits;
  metrics counts;
  limited_log log{counts};
  memory_budget memory{std::size_t{1} << 30};
  hub center{io.get_executor(), limits, memory};
  memory_log stored_in;
  publisher to{io.get_executor(), limits, center, stored_in, counts, log};
  std::array<int, 2> ends{};
  bool started = false;
};

TEST_F(LineInput, PublishesLinesAsTheyCome) {
  line_input input(io.get_executor(), ends[0], to);
  write("{\"topic\":\"a\",\"payload\":1}\n{\"topic\":\"b\",");
  run(input);
  EXPECT_THAT(published(), ElementsAre(R"({"topic":"a","payload":1)"));
  write("\"payload\":[2]}\r\n\n{\"payload\":3,\"topic\":\"c\"}");
  finish();
  run(input);
  EXPECT_THAT(published(),
              ElementsAre(R"({"topic":"a","payload":1)", R"({"topic":"b","payload":[2])",
                          R"({"topic":"c","payload":3)"));
  EXPECT_EQ(counts.events_published["stdin"], 3U);
  EXPECT_EQ(counts.refused["line"], 0U);
}

TEST_F(LineInput, PassesOverWhatIsWrong) {
  line_input input(io.get_executor(), ends[0], to);
  write(
      "nonsense\n{\"topic\":\"$a\",\"payload\":1}\n{\"topic\":\"a\"}\n{\"topic\":\"a\",\"payload\":"
      "4}\n");
  finish();
  run(input);
  EXPECT_THAT(published(), ElementsAre(R"({"topic":"a","payload":4)"));
  EXPECT_EQ(counts.refused["line"], 3U);
}

TEST_F(LineInput, PassesOverALineThatIsTooLong) {
  limits.max_event_bytes = 10;
  line_input input(io.get_executor(), ends[0], to);
  write(R"({"topic":"a","payload":")" + std::string(5000, 'x') + "\"}\n");
  write("{\"topic\":\"a\",\"payload\":2}\n{\"topic\":\"a\",\"payload\":\"0123456789\"}\n");
  write(std::string(5000, 'x'));  // and no end
  finish();
  run(input);
  EXPECT_THAT(published(), ElementsAre(R"({"topic":"a","payload":2)"));
  EXPECT_EQ(counts.refused["line"], 3U);
}

TEST_F(LineInput, PassesOverOneTopicTooMany) {
  limits.max_topics_total = 1;
  line_input input(io.get_executor(), ends[0], to);
  write(
      "{\"topic\":\"a\",\"payload\":1}\n{\"topic\":\"b\",\"payload\":2}\n{\"topic\":\"a\","
      "\"payload\":3}\n");
  finish();
  run(input);
  EXPECT_EQ(published().size(), 2U);
  EXPECT_EQ(counts.refused["topics"], 1U);
}

TEST_F(LineInput, ReadsAFileToo) {
  const int file = ::memfd_create("lines", MFD_CLOEXEC);
  const std::string line = "{\"topic\":\"a\",\"payload\":1}\n";
  for (int i = 0; i < 500; ++i)
    ASSERT_EQ(::write(file, line.data(), line.size()), static_cast<ssize_t>(line.size()));
  ::lseek(file, 0, SEEK_SET);
  finish();
  {
    line_input input(io.get_executor(), file, to);
    run(input);
  }
  ::close(file);
  EXPECT_EQ(published().size(), 500U);
}

TEST_F(LineInput, LeavesTheDescriptorAsItWas) {
  {
    line_input input(io.get_executor(), ends[0], to);
    run(input);
    input.stop();
    run(input);
  }
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): that is how fcntl is declared
  EXPECT_EQ(::fcntl(ends[0], F_GETFL) & O_NONBLOCK, 0);
  write("x");
  char byte = 0;
  EXPECT_EQ(::read(ends[0], &byte, 1), 1);
}

TEST_F(LineInput, WhatCannotBeReadIsSaid) {
  EXPECT_THROW(line_input(io.get_executor(), -1, to), std::runtime_error);
}

}  // namespace
}  // namespace ws_demo
