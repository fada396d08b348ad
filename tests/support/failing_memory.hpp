#pragma once

// Makes an allocation fail, to test what is left then.

#include <cstdint>

namespace ws_demo::testing {

/// While it lives, the allocation by `new` on this thread after `granted` others throws
/// std::bad_alloc; the ones after that are granted again. One at a time.
class failing_memory {
 public:
  explicit failing_memory(std::uint64_t granted);
  ~failing_memory();
  failing_memory(const failing_memory&) = delete;
  failing_memory& operator=(const failing_memory&) = delete;

  /// Whether an allocation has failed.
  static bool has_failed();
};

}  // namespace ws_demo::testing
