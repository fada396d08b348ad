#pragma once

// The HTTP side of a connection: answer requests, refuse what is wrong, hand an upgrade on.

#include "ws_demo/admission.hpp"
#include "ws_demo/connection.hpp"
#include "ws_demo/metrics.hpp"
#include "ws_demo/options.hpp"
#include "ws_demo/publisher.hpp"
#include "ws_demo/refusals.hpp"
#include "ws_demo/sources.hpp"
#include "ws_demo/static_files.hpp"

namespace ws_demo {

/// What all connections have in common. The server owns it.
struct site {
  site(const executor& on, const options& o)
      : limits(o),
        page(o.web_root.empty() ? static_files() : static_files(o.web_root)),
        peers(o),
        events(on, o, counts),
        publishing(on, o, events.center, counts, refused) {}

  const options& limits;
  const static_files page;
  admission peers;
  metrics counts;
  refusals refused{counts};
  sources events;
  publisher publishing;
  /// No new peers: the server is about to stop.
  bool draining = false;
};

/// Which of the server's listeners a connection came through.
struct door {
  bool on_loopback;
  /// The operators' own, which has nothing for the public.
  bool for_operators;
};

/// Serves a connection to its end: HTTP requests, one after the other, and the WebSocket that one
/// of them may become. The arguments outlive the coroutine. Whatever the peer sends ends here and
/// does not throw.
task<void> serve(connection& c, site& here, const door& through);

}  // namespace ws_demo
