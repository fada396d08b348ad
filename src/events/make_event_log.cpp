#include "events/make_event_log.hpp"

#include "events/file_log.hpp"
#include "events/memory_log.hpp"

#ifdef WS_DEMO_NATS
#include "events/nats/nats_log.hpp"
#else
#include <stdexcept>
#endif

namespace ws_demo {

std::shared_ptr<event_log> make_event_log(const executor& on, const options& o,
                                          [[maybe_unused]] limited_log& lines) {
  if (o.own_event_log) return o.own_event_log;
  if (!o.event_log_file.empty()) return std::make_shared<file_log>(on, o);
  if (o.nats_servers.empty()) return std::make_shared<memory_log>();
#ifdef WS_DEMO_NATS
  return std::make_shared<nats_log>(on, o, lines);
#else
  throw std::runtime_error("this program was built without NATS (WS_DEMO_NATS)");
#endif
}

}  // namespace ws_demo
