#include "events/memory_log.hpp"

#include "events/epoch.hpp"

#include <chrono>

namespace ws_demo {

void memory_log::open(reader& to) {
  reader_ = &to;
  to.begin(random_epoch(), 0);
}

void memory_log::append(std::vector<entry> events, handler done) {
  std::optional<result> last;
  for (const entry& e : events) last = append_now(e.topic, e.payload);
  done(last.value_or(result{}));
}

std::optional<event_log::result> memory_log::append_now(std::string_view topic,
                                                        std::string_view payload) {
  const auto now = std::chrono::system_clock::now();
  const auto subscribers = reader_->take({number_ + 1, topic, payload, now});
  result stored;
  stored.number = ++number_;
  stored.subscribers = subscribers;
  return stored;
}

}  // namespace ws_demo
