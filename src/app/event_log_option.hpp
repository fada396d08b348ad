#pragma once

// The options of the event log that are more than a value.

#include "ws_demo/options.hpp"

#include <string>

namespace ws_demo {

/// Takes the name of a file, or addresses of NATS with commas between them.
/// @returns false if it is neither
bool set_event_log(options& o, const std::string& text);

/// The text without user, password and token of the addresses in it.
std::string without_secrets(const std::string& text);

/// The text of an error, `why: argument argument`, where arguments that were not understood may be
/// pieces of an address of NATS with a secret: if there is one, only names of options are left.
std::string without_addresses(const std::string& text);

/// Takes a name that JetStream allows, without dots, as it begins the subjects.
bool set_nats_stream(options& o, const std::string& text);

}  // namespace ws_demo
