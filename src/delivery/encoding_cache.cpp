#include "delivery/encoding_cache.hpp"

namespace ws_demo {
namespace {

/// What an encoding costs beside its text: the nodes, and what malloc adds.
constexpr std::size_t encoding_overhead_bytes = 256;

/// How many are given up in one turn of the loop: a few tenths of a millisecond.
constexpr int encodings_per_turn = 256;

}  // namespace

encoding_cache::encodings* encoding_cache::encodings_of(const event& e) {
  // NOLINTNEXTLINE(*-pro-type-static-cast-downcast): nothing else is kept with events
  return static_cast<encodings*>(e.kept.get());
}

const shared_text* encoding_cache::find(const event& e, const form& as) {
  auto* const kept = encodings_of(e);
  if (!kept) return nullptr;
  by_use_.splice(by_use_.end(), by_use_, encodings_list::s_iterator_to(*kept));
  const auto found = std::ranges::find(kept->all, as, &std::pair<form, shared_text>::first);
  return found == kept->all.end() ? nullptr : &found->second;
}

void encoding_cache::keep(const event& e, const form& as, const shared_text& made) {
  if (!e.kept) {
    auto added = std::make_unique<encodings>(*this, e);
    by_use_.push_back(*added);
    e.kept = std::move(added);
  }
  encodings& kept = *encodings_of(e);
  kept.all.emplace_back(as, made);
  const auto bytes = made->capacity() + encoding_overhead_bytes;
  kept.bytes += bytes;
  bytes_ += bytes;
  memory_.charge(bytes);
  while (bytes_ > limit_bytes_ && &by_use_.front() != &kept) give_up_oldest();
}

bool encoding_cache::give_up_some() {
  const bool has_some = !by_use_.empty();
  for (int count = 0; count < encodings_per_turn && !by_use_.empty(); ++count) give_up_oldest();
  return has_some;
}

}  // namespace ws_demo
