#pragma once

// Which host a request is for, and whether its Host and Origin are allowed. Pure: no I/O, no state.
//
// A browser lets any page open a WebSocket to any server, with the user's cookies, and only names
// the page's origin in `Origin` (cross-site WebSocket hijacking: RFC 6455 section 10.2). An
// attacker who points a name of his own at 127.0.0.1 makes his page "the same origin" as a server
// that listens there (DNS rebinding); `Host` has that name then.

#include "http/authority.hpp"
#include "http/message.hpp"
#include "ws_demo/options.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace ws_demo {

/// The host that the request is for: the target's in the absolute form (RFC 9112 section 3.2.2),
/// else that of `Host`. Empty where HTTP/1.0 names none. Nothing if the request is to be answered
/// with 400 (section 3.2): `Host` is missing, repeated, empty or malformed, or the target's host
/// is. It refers to the request.
std::optional<uri_authority> requested_authority(const request_head& request);

/// Whether the server may be called so. One that listens on loopback allows loopback names and
/// addresses, options::allowed_hosts, and none at all; any other server allows every host.
bool host_allowed(const uri_host& host, const options& o, bool server_is_on_loopback);

/// What the page that sent a request may do, by its origin.
enum class origin_access : std::uint8_t {
  none,
  without_credentials,
  full,  // also read, from another origin, what is answered to its cookies
};

/// Full if options::allowed_origins names the request's origin. Without credentials if there is
/// none (a program sent it), if it is the request's own host, if both server and page are on
/// loopback, or if options::allowed_origins has `*`. None if it is malformed or repeated.
origin_access allowed_access(const request_head& request, const options& o,
                             bool server_is_on_loopback);

/// Whether the cookies of a request count: the page that sent it is of the server's own host, or
/// its origin is named in options::allowed_origins. Any other that may connect could use the
/// cookies of a user who knows nothing of it. Without an origin, as an EventSource asks its own
/// server, the browser must say that it is one (Fetch Metadata, "Sec-Fetch-Site").
/// @param access of the request
bool cookies_count(const request_head& request, origin_access access);

/// Whether the text is what options::allowed_origins may have: an origin that a page can have,
/// `scheme://host[:port]`, where `*.` at the start of the host is for one label or more; or `*`.
bool is_origin_pattern(std::string_view text);

/// Whether the text is what options::allowed_hosts may have: a name or an address.
bool is_host_option(std::string_view text);

}  // namespace ws_demo
