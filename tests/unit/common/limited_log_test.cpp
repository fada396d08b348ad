#include "common/limited_log.hpp"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

class LimitedLog : public ::testing::Test {
 protected:
  // It is where spdlog writes unless told otherwise.
  LimitedLog() { ::testing::internal::CaptureStdout(); }
  void TearDown() override {
    if (!taken) take();
  }
  /// All that has been logged; to be called once.
  std::string take() {
    taken = true;
    return ::testing::internal::GetCapturedStdout();
  }
  void write_many(const std::string& kind) {
    for (int i = 0; i < 1000; ++i) log->write(spdlog::level::info, kind, "n=" + std::to_string(i));
  }
  static auto lines(const std::string& text) { return std::ranges::count(text, '\n'); }

  metrics counts;
  std::unique_ptr<limited_log> log = std::make_unique<limited_log>(counts);
  bool taken = false;
};

TEST_F(LimitedLog, TheFirstLinesOfEachKindAreLogged) {
  write_many("one");
  write_many("other");
  const auto text = take();
  EXPECT_NE(text.find("one n=0\n"), std::string::npos) << text;
  EXPECT_NE(text.find("other n=9\n"), std::string::npos) << text;
  EXPECT_LT(lines(text), 2 * 5 * max_log_lines_per_second) << "within at most five seconds";
  EXPECT_GT(counts.log_lines_left_out, 1900U);
}

TEST_F(LimitedLog, TheOthersAreCountedWhenTheSecondIsOver) {
  write_many("one");
  log->flush(std::chrono::steady_clock::now() + 1s);
  log->flush(std::chrono::steady_clock::now() + 1s);  // there is nothing more to tell
  const auto text = take();
  const auto told = "one not_logged=" + std::to_string(counts.log_lines_left_out) + "\n";
  EXPECT_NE(text.find(told), std::string::npos) << text;
  EXPECT_EQ(text.find("not_logged"), text.rfind("not_logged")) << text;
}

TEST_F(LimitedLog, NothingIsToldBefore) {
  write_many("one");
  log->flush(std::chrono::steady_clock::time_point::min());
  EXPECT_EQ(take().find("not_logged"), std::string::npos);
}

TEST_F(LimitedLog, WhatIsLeftIsToldAtItsEnd) {
  write_many("one");
  log.reset();
  EXPECT_NE(take().find("one not_logged=990\n"), std::string::npos);
}

TEST_F(LimitedLog, WhatIsBelowTheLevelIsNotCounted) {
  for (int i = 0; i < 100; ++i) log->write(spdlog::level::debug, "one", "");
  log.reset();
  EXPECT_EQ(take(), "");
  EXPECT_EQ(counts.log_lines_left_out, 0U);
}

TEST_F(LimitedLog, ARefusalIsCountedAndCannotForgeALine) {
  log->refuse("origin", "peer", "a\n\"b");
  EXPECT_NE(take().find(R"(refused reason=origin peer=peer detail="a\x0a\x22b")"),
            std::string::npos);
  EXPECT_EQ(counts.refused["origin"], 1U);
}

}  // namespace
}  // namespace ws_demo
