#include "events/make_event_log.hpp"

#include "events/file_log.hpp"
#include "events/memory_log.hpp"

namespace ws_demo {

std::shared_ptr<event_log> make_event_log(const executor& on, const options& o) {
  if (o.own_event_log) return o.own_event_log;
  if (o.event_log_file.empty()) return std::make_shared<memory_log>();
  return std::make_shared<file_log>(on, o);
}

}  // namespace ws_demo
