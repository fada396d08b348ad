#pragma once

// The parts of a request's target. Pure: no I/O, no state.

#include <optional>
#include <string_view>

namespace ws_demo {

/// The parts that decide about the request; they refer to the target.
struct request_target {
  /// Of the absolute form (RFC 9112 section 3.2.2): what is between `http://` and the path, and not
  /// validated. Nothing in the other forms.
  std::optional<std::string_view> authority;
  /// Without the query.
  std::string_view path;
};

request_target split_target(std::string_view target);

}  // namespace ws_demo
