#pragma once

// The options of who may connect that are more than a value.

#include "ws_demo/options.hpp"

#include <string>

namespace ws_demo {

/// Adds to options::allowed_origins.
/// @returns false if no page can have such an origin
bool add_origin(options& o, const std::string& text);
/// What to write instead of what add_origin() does not take; empty if that is not known.
std::string origin_advice(const std::string& text);

/// Adds to options::allowed_hosts.
/// @returns false if no request can have such a host
bool add_host(options& o, const std::string& text);
/// What to write instead of what add_host() does not take; empty if that is not known.
std::string host_advice(const std::string& text);

/// Adds to options::trusted_proxies.
/// @returns false if it is no network, or one of all addresses
bool add_trusted_proxy(options& o, const std::string& text);
/// What to write instead of what add_trusted_proxy() does not take; empty if that is not known.
std::string trusted_proxy_advice(const std::string& text);

/// Sets options::public_topics from topics and patterns with commas between them; an empty text is
/// none.
/// @returns false if one of them is none
bool set_public_topics(options& o, const std::string& text);

/// Sets options::token_cookie.
/// @returns false if no cookie can have this name (RFC 6265 section 4.1.1)
bool set_token_cookie(options& o, const std::string& text);

}  // namespace ws_demo
