#include "app/quantity.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <optional>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

TEST(ParseDuration, UnitsAndLimits) {
  EXPECT_EQ(parse_duration("0"), 0ms);
  EXPECT_EQ(parse_duration("0s"), 0ms);
  EXPECT_EQ(parse_duration("24h"), 24h);
  EXPECT_EQ(parse_duration("86400001ms"), std::nullopt);
  EXPECT_EQ(parse_duration("18446744073709551616s"), std::nullopt);
  EXPECT_EQ(parse_duration("307445734561825861m"), std::nullopt) << "the product overflows";
}

TEST(ParseSize, UnitsAndLimits) {
  EXPECT_EQ(parse_size("0"), 0U);
  EXPECT_EQ(parse_size("1024GiB"), std::size_t{1} << 40);
  EXPECT_EQ(parse_size("1025GiB"), std::nullopt);
  EXPECT_EQ(parse_size("17179869184GiB"), std::nullopt) << "the product overflows";
}

TEST(Format, TakesTheLargestUnitThatFits) {
  EXPECT_EQ(format_duration(0ms), "0");
  EXPECT_EQ(format_duration(1500ms), "1500ms");
  EXPECT_EQ(format_duration(90s), "90s");
  EXPECT_EQ(format_duration(24h), "24h");
  EXPECT_EQ(format_size(0), "0");
  EXPECT_EQ(format_size(1000), "1000");
  EXPECT_EQ(format_size(std::size_t{64} << 20), "64MiB");
}

}  // namespace
}  // namespace ws_demo
