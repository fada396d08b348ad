#include "failing_memory.hpp"

#include <cstddef>
#include <cstdlib>
#include <limits>
#include <new>

namespace ws_demo::testing {
namespace {

constexpr auto all = std::numeric_limits<std::uint64_t>::max();
// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables): so is the heap
thread_local std::uint64_t granted_yet = all;
thread_local bool failed = false;
// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)

void* allocate(std::size_t size) {
  if (granted_yet == 0) {
    granted_yet = all;
    failed = true;
    throw std::bad_alloc();
  }
  if (granted_yet != all) --granted_yet;
  // NOLINTNEXTLINE(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory): so does `new`
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

failing_memory::failing_memory(std::uint64_t granted) {
  failed = false;
  granted_yet = granted;
}

failing_memory::~failing_memory() {
  granted_yet = all;
}

bool failing_memory::has_failed() {
  return failed;
}

}  // namespace ws_demo::testing

// The replacements of the whole program (C++20, [new.delete.single]). Those without exceptions call
// these by themselves, but the ones of a sanitizer do not.
// NOLINTBEGIN(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory)
void* operator new(std::size_t size) {
  return ws_demo::testing::allocate(size);
}
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  try {
    return ws_demo::testing::allocate(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t& /*tag*/) noexcept {
  std::free(memory);
}
// NOLINTEND(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory)
