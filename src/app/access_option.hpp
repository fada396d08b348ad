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

}  // namespace ws_demo
