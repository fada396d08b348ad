#include "common/memory_budget.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ws_demo {
namespace {

TEST(MemoryBudget, CountsWhatIsChargedWhileItLives) {
  memory_budget all(1000);
  {
    memory_charge one(&all, 100);
    const memory_charge other(&all, 200);
    EXPECT_EQ(all.used(), 300U);
    one.set(50);
    EXPECT_EQ(all.used(), 250U);
    one.set(150);
    EXPECT_EQ(all.used(), 350U);
    memory_charge nobody(nullptr, 10);
    nobody.set(20);
    EXPECT_EQ(nobody.bytes(), 20U);
  }
  EXPECT_EQ(all.used(), 0U);
}

TEST(MemoryBudget, IsTightBeforeItIsExceeded) {
  memory_budget all(1600);
  all.charge(1500);
  EXPECT_FALSE(all.is_tight());
  all.charge(1);
  EXPECT_TRUE(all.is_tight());
  all.charge(99);
  EXPECT_FALSE(all.is_exceeded());
  all.charge(1);
  EXPECT_TRUE(all.is_exceeded());
}

TEST(MemoryBudget, SaysEachTimeThatItIsExceededAnew) {
  memory_budget all(100);
  int times = 0;
  all.on_exceeded([&] { ++times; });
  all.charge(100);
  EXPECT_EQ(times, 0);
  all.charge(1);
  all.charge(1);
  EXPECT_EQ(times, 1);
  all.release(2);
  all.charge(1);
  EXPECT_EQ(times, 2);
}

TEST(HeapBytes, AreWhatMallocTakes) {
  EXPECT_EQ(heap_bytes(1), 32U);
  EXPECT_EQ(heap_bytes(24), 32U);
  EXPECT_EQ(heap_bytes(25), 48U);
  EXPECT_EQ(heap_bytes(56), 64U);
  EXPECT_EQ(heap_bytes(128), 144U);  // 128 with jemalloc
  EXPECT_EQ(heap_bytes(129), 160U);
  EXPECT_EQ(heap_bytes(256), 272U);
  EXPECT_EQ(heap_bytes(257), 320U);
  EXPECT_EQ(heap_bytes(std::size_t{1} << 20), (std::size_t{1} << 20) + 16);
  EXPECT_EQ(heap_bytes((std::size_t{1} << 20) + 1), std::size_t{5} << 18);
  EXPECT_EQ(heap_bytes_of("short"), 0U);
  EXPECT_EQ(heap_bytes_of(std::string(100, 'x')), heap_bytes(101));
}

}  // namespace
}  // namespace ws_demo
