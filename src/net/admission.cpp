#include "net/admission.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

namespace ws_demo {
namespace {

/// Descriptors for the listener, the log, epoll, and HTTP requests that are not peers.
constexpr std::size_t descriptor_reserve = 64;

std::size_t peers_by_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  // Where there are few, half of them.
  return std::max(limit.rlim_cur / 2,
                  limit.rlim_cur - std::min(limit.rlim_cur, descriptor_reserve));
}

}  // namespace

admission::admission(const options& limits)
    : limits_(limits),
      max_peers_(limits.max_peers > 0 ? limits.max_peers : peers_by_descriptors()) {}

bool admission::is_full_for(const boost::asio::ip::address& address) const {
  if (limits_.max_peers_per_address == 0) return false;
  const auto found = per_address_.find(address);
  return found != per_address_.end() && found->second >= limits_.max_peers_per_address;
}

admission::ticket::ticket(admission& from, boost::asio::ip::address address)
    : from_(&from), address_(std::move(address)) {
  if (from.limits_.max_peers_per_address > 0) ++from.per_address_[address_];
  ++from.peers_;
}

admission::ticket::ticket(ticket&& other) noexcept
    : from_(std::exchange(other.from_, nullptr)), address_(std::move(other.address_)) {}

admission::ticket::~ticket() {
  if (from_ == nullptr) return;
  --from_->peers_;
  const auto found = from_->per_address_.find(address_);
  if (found != from_->per_address_.end() && --found->second == 0) from_->per_address_.erase(found);
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace ws_demo
