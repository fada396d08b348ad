#pragma once

// Encodings of messages (compressed, as Server-Sent Events). Each is made once for all subscribers,
// also for those that ask for it minutes later, and kept with the event. Over a limit, and when
// memory is needed for something else, those that have not been used for longest are given up.
//
// In one turn of the loop, a bounded number of bytes is encoded for all subscribers together.
//
// The server owns it; it outlives the events. Threads: the io_context's only.

#include "common/memory_budget.hpp"
#include "events/event.hpp"
#include "net/turn_budget.hpp"

#include <boost/intrusive/list.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ws_demo {

/// Bytes that several subscribers share.
using shared_text = std::shared_ptr<const std::string>;

class encoding_cache {
 public:
  struct form {
    enum class kind : std::uint8_t { event_stream, event_stream_chunk, deflate };

    kind is;
    int window_bits = 0;  // of deflate
    bool operator==(const form&) const = default;
  };

  /// @param memory to which they are charged; outlives the cache
  /// @param limit_bytes of the encodings that are kept
  encoding_cache(const executor& on, memory_budget& memory,
                 std::size_t limit_bytes = std::size_t{16} << 20)
      : memory_(memory), limit_bytes_(limit_bytes), encodable_(on, bytes_per_turn) {}

  /// @param make shared_text(), if it has to be made
  /// @returns null where it would have to be made, and too much has been in this turn
  template <class Make>
  shared_text encode(const event& e, const form& as, const Make& make) {
    if (const auto* const known = find(e, as)) return *known;
    if (encodable_.is_spent()) return nullptr;
    shared_text made = make();
    encodable_.spend(e.text.size());
    keep(e, as, made);
    return made;
  }

  /// Gives up a bounded number of encodings.
  /// @returns whether there were any
  bool give_up_some();

  std::size_t bytes() const { return bytes_; }

 private:
  /// Of one event.
  struct encodings final : event::attachment,
                           boost::intrusive::list_base_hook<
                               boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    encodings(encoding_cache& by, const event& e) : in(by), of(e) {}
    ~encodings() override {
      in.bytes_ -= bytes;
      in.memory_.release(bytes);
    }
    encodings(const encodings&) = delete;
    encodings& operator=(const encodings&) = delete;

    encoding_cache& in;
    const event& of;
    std::vector<std::pair<form, shared_text>> all;
    std::size_t bytes = 0;
  };
  using encodings_list =
      boost::intrusive::list<encodings, boost::intrusive::constant_time_size<false>>;

  static encodings* encodings_of(const event& e);
  const shared_text* find(const event& e, const form& as);
  void keep(const event& e, const form& as, const shared_text& made);
  void give_up_oldest() { by_use_.front().of.kept.reset(); }

  /// But for the event that exceeds it. Compressing so much takes a millisecond.
  static constexpr std::size_t bytes_per_turn = std::size_t{64} << 10;

  memory_budget& memory_;
  const std::size_t limit_bytes_;
  turn_budget encodable_;
  std::size_t bytes_ = 0;
  encodings_list by_use_;  // that of longest ago first
};

}  // namespace ws_demo
