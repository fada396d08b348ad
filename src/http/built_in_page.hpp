#pragma once

#include <string_view>

namespace ws_demo {

/// The page at `/`: built_in_page.html, compiled in.
extern const std::string_view built_in_page;

/// Its Content-Security-Policy: only what is in the page itself, and connections to this server.
inline constexpr std::string_view built_in_page_policy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace ws_demo
