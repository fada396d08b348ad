#include "net/admission.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <limits>
#include <string_view>

namespace ws_demo {
namespace {

/// Connections of the port for operators, which others cannot take.
constexpr std::size_t operator_connections = 16;
/// What else the process has open: standard streams, listeners, the loop's own, what /metrics
/// reads, a connection that is accepted before another is closed for it; a dozen in all. The rest
/// is for a program that has the server inside.
constexpr std::size_t other_descriptors = 48;
/// Connections that are not for peers: they ask for the page, or whether there is room.
constexpr std::size_t connections_beside_peers = 64;

constexpr auto no_limit = std::numeric_limits<std::size_t>::max();

std::size_t connections_by_descriptors() {
  constexpr std::size_t reserve = operator_connections + other_descriptors;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur - std::min(reserve, limit.rlim_cur / 2);  // where there are few, half
}

/// What an option asks for, or, where that is 0 or too many, as many as are possible.
std::size_t as_possible(std::string_view option, std::size_t wanted, std::size_t possible) {
  if (wanted > possible) spdlog::warn("lowered option={} from={} to={}", option, wanted, possible);
  return wanted > 0 ? std::min(wanted, possible) : possible;
}

/// What counts as one address. Whoever has one of IPv6 has its /64 (RFC 6177 section 2). An address
/// of IPv4 that came over a socket of IPv6 is the same as over one of its own.
asio::ip::address address_group(const asio::ip::address& a) {
  const auto address = unmapped(a);
  return address.is_v6() ? network_address(address, 64) : address;
}

}  // namespace

admission::admission(const options& limits, metrics& counts, limited_log& log)
    : limits_(limits),
      counts_(counts),
      log_(log),
      trusted_proxies_(limits.trusted_proxies),
      public_(as_possible("max-connections", limits.max_connections, connections_by_descriptors())),
      operators_(operator_connections),
      max_peers_(as_possible(
          "max-peers", limits.max_peers,
          max_connections() - std::min(connections_beside_peers, max_connections() / 4))) {}

std::optional<admission::place> admission::take_place(const remote_end& from, bool for_operators) {
  groups_of_addresses::value_type* address = nullptr;
  if (limits_.max_connections_per_address > 0 && !for_operators && !from.is_unix() &&
      !trusted_proxies_.contains(from.address))
    address = &group_of(from.address);
  place taken(*this, for_operators ? operators_ : public_, address);
  const bool has_room_for_address = !address || make_room(address->second);
  if (has_room_for_address && make_room(taken.listener_)) return taken;
  log_.refuse(has_room_for_address ? "connections" : "address_connections", to_string(from), "");
  return std::nullopt;
}

bool admission::make_room(group& in) {
  if (in.connections <= in.max_connections) return true;
  if (in.idle.empty()) return false;
  idle_place& longest = in.idle.front().whose;
  longest.of_listener_.unlink();
  longest.of_address_.unlink();
  longest.place_.give_up();  // its coroutine, which ends only later, has no descriptor any more
  longest.link_.abort();
  ++counts_.idle_closed;
  log_.write(spdlog::level::warn, "closed for another",
             fmt::format("peer={}", longest.link_.peer()));
  return true;
}

bool admission::limits_peers_of(const asio::ip::address& address) const {
  return limits_.max_peers_per_address > 0 && !address.is_unspecified();
}

bool admission::is_full_for(const asio::ip::address& address) const {
  if (!limits_peers_of(address)) return false;
  const auto found = by_address_.find(address_group(address));
  return found != by_address_.end() && found->second.peers >= limits_.max_peers_per_address;
}

admission::groups_of_addresses::value_type& admission::group_of(const asio::ip::address& address) {
  const auto most = limits_.max_connections_per_address;
  return *by_address_.try_emplace(address_group(address), most > 0 ? most : no_limit).first;
}

void admission::forget_if_unused(groups_of_addresses::value_type& address) {
  if (address.second.connections == 0 && address.second.peers == 0)
    by_address_.erase(by_address_.find(address.first));
}

admission::place::place(admission& from, group& listener, groups_of_addresses::value_type* address)
    : from_(&from), listener_(listener), address_(address) {
  ++listener_.connections;
  if (address_) ++address_->second.connections;
}

admission::place::place(place&& other) noexcept
    : from_(std::exchange(other.from_, nullptr)),
      listener_(other.listener_),
      address_(other.address_) {}

void admission::place::give_up() {
  if (!from_) return;
  --listener_.connections;
  if (address_) {
    --address_->second.connections;
    from_->forget_if_unused(*address_);
  }
  from_ = nullptr;
}

admission::idle_place::idle_place(place& p, connection& c) : place_(p), link_(c) {
  if (!p.from_) return;
  p.listener_.idle.push_back(of_listener_);
  if (p.address_) p.address_->second.idle.push_back(of_address_);
}

admission::peer_place::peer_place(place& p, const asio::ip::address& client)
    : from_(*p.from_),
      listener_(p.listener_),
      address_(from_.limits_peers_of(client) ? &from_.group_of(client) : nullptr) {
  ++listener_.peers;
  if (address_) ++address_->second.peers;
}

admission::peer_place::~peer_place() {
  --listener_.peers;
  if (!address_) return;
  --address_->second.peers;
  from_.forget_if_unused(*address_);
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace ws_demo
