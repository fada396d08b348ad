#pragma once

// Encodings of events that many subscribers get (compressed, as Server-Sent Events), so that each
// is made once for all of them.

#include "delivery/message.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>

namespace ws_demo {

/// Holds the encodings of the events that were asked for last. Threads: one.
class encoding_cache {
 public:
  /// Sets message::encoded, unless it is set.
  /// @param make shared_text(const message&)
  template <class Make>
  void encode(message& m, const Make& make) {
    if (m.encoded) return;
    if (!m.shared) {
      m.encoded = make(m);
      return;
    }
    auto known = std::ranges::find_if(entries_, [&](const entry& e) {
      return !e.source.owner_before(m.shared) && !m.shared.owner_before(e.source);
    });
    if (known == entries_.end()) {
      known = entries_.begin() + oldest_;
      *known = {m.shared, make(m)};
      oldest_ = (oldest_ + 1) % max_entries;
    }
    m.encoded = known->made;
  }

 private:
  struct entry {
    std::weak_ptr<const event> source;
    shared_text made;
  };
  /// As many events as may be published before the first of thousands of subscribers are flushed.
  static constexpr std::ptrdiff_t max_entries = 8;

  std::array<entry, max_entries> entries_;
  std::ptrdiff_t oldest_ = 0;
};

}  // namespace ws_demo
