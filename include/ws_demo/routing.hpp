#pragma once

// What an HTTP request gets: an answer, or a WebSocket. Pure: no I/O, no state.

#include "ws_demo/http.hpp"
#include "ws_demo/static_files.hpp"

#include <string_view>
#include <variant>

namespace ws_demo {

/// The request is a valid opening handshake (RFC 6455 §4.2.1) for a path that takes one.
struct upgrade {};

/// Decides what the request gets. The answer is complete but for `Connection`.
/// @param has_body whether a body follows the head; no route takes one.
/// @param not_ready why no peer would be taken just now, for /readyz; empty if one would.
/// @param page what is served at `/` and below; where it is empty, the built-in page is.
std::variant<upgrade, response> route(const request_head& request, bool has_body,
                                      const static_files& page, std::string_view not_ready = "");

}  // namespace ws_demo
