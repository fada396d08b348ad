#pragma once

// What all connections of a server share.

#include "common/limited_log.hpp"
#include "common/memory_budget.hpp"
#include "common/metrics.hpp"
#include "common/system_memory.hpp"
#include "delivery/encoding_cache.hpp"
#include "delivery/message_pool.hpp"
#include "delivery/subscriber.hpp"
#include "delivery/ticker.hpp"
#include "events/hub.hpp"
#include "events/make_event_log.hpp"
#include "events/publisher.hpp"
#include "http/access_control.hpp"
#include "http/static_files.hpp"
#include "net/admission.hpp"
#include "net/asio.hpp"
#include "net/connection_list.hpp"
#include "net/round_robin.hpp"
#include "ws_demo/event_log.hpp"
#include "ws_demo/options.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace ws_demo {

/// The server owns it. Threads: the io_context's only.
struct server_context {
  /// @param o outlives it.
  /// @throws std::runtime_error where options::web_root cannot be served, the keys of tokens cannot
  /// be used, or the event log cannot be opened.
  server_context(const executor& on, const options& o)
      : limits(o),
        page(o.web_root.empty() ? static_files() : static_files(o.web_root)),
        connections(on, o),
        memory(o.max_memory_bytes > 0 ? o.max_memory_bytes : available_memory() / 2),
        access(o, log),
        admitted(o, counts, log),
        encodings(on, memory),
        events(on, o, memory),
        stored_in(make_event_log(on, o, log)),
        ticks(on, o, counts),
        long_work(on),
        publishing(on, o, events, *stored_in, counts, log) {
    events.past().on_dropped(
        [this](std::string_view topic, std::uint64_t number) { stored_in->forget(topic, number); });
    events.set_shared(stored_in->is_shared());
    stored_in->open(events);
  }

  const options& limits;
  const static_files page;
  connection_list connections;
  memory_budget memory;
  metrics counts;
  limited_log log{counts};
  access_control access;
  admission admitted;
  encoding_cache encodings;
  hub events;
  std::shared_ptr<event_log> stored_in;
  ticker ticks;
  round_robin long_work;
  message_pool messages{long_work, memory};
  publisher publishing;
  /// What subscribers need of the above.
  const delivery_context delivery{limits, counts,    log,      events,
                                  ticks,  long_work, messages, encodings};
  /// The server shuts down: no new peers are admitted.
  bool draining = false;
};

}  // namespace ws_demo
