#pragma once

// `ws-demo keys` and `ws-demo token`: what a person needs to try tokens.

#include "app/command_line.hpp"

#include <optional>

namespace ws_demo {

/// Runs the command that the first argument names.
/// @returns what it prints; nothing if the first argument is not one
/// @throws usage_error for an unknown option or an invalid value
/// @throws std::runtime_error, one line, where a file cannot be made or used
std::optional<notice> run_token_command(int argc, const char* const* argv);

}  // namespace ws_demo
