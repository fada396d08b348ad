#pragma once

// The options of where the server listens that are more than a value. False if the value is
// invalid.

#include "ws_demo/options.hpp"

#include <string>

namespace ws_demo {

/// An IP address, `localhost`, or `unix:` and the path of a Unix-domain socket.
bool set_host(options& o, const std::string& text);

/// Three or four octal digits, as chmod(1) takes them.
bool set_socket_mode(options& o, const std::string& text);

}  // namespace ws_demo
