#pragma once

// How many connections and peers there may be, in all and from one address, and which connection is
// closed to make room for another. An IPv6 /64 counts as one address. The connections of trusted
// proxies count for no address, and the peers that come through them for their own. What comes over
// a Unix-domain socket has no address.
//
// The server owns it, and it outlives the places it gives. Threads: the io_context's only.

#include "common/limited_log.hpp"
#include "common/metrics.hpp"
#include "net/asio.hpp"
#include "net/connection.hpp"
#include "net/network.hpp"
#include "net/remote_end.hpp"
#include "ws_demo/options.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <optional>
#include <unordered_map>
#include <utility>

namespace ws_demo {

class admission {
 public:
  class idle_place;
  class peer_place;

 private:
  struct idle_member : boost::intrusive::list_base_hook<
                           boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    explicit idle_member(idle_place& p) : whose(p) {}
    idle_place& whose;
  };
  /// Connections and peers that share limits: those of a listener, or those of an address.
  struct group {
    explicit group(std::size_t limit) : max_connections(limit) {}
    std::size_t max_connections;
    std::size_t connections = 0;
    std::size_t peers = 0;
    /// Those that have been idle the longest come first.
    boost::intrusive::list<idle_member, boost::intrusive::constant_time_size<false>> idle;
  };
  using groups_of_addresses = std::unordered_map<asio::ip::address, group>;  // by address_group()

 public:
  /// Counts one connection while it lives, or until the place is taken away from it.
  class place {
   public:
    place(place&& other) noexcept;
    ~place() { give_up(); }
    place(const place&) = delete;
    place& operator=(const place&) = delete;
    place& operator=(place&&) = delete;

   private:
    friend class admission;
    place(admission& from, group& listener, groups_of_addresses::value_type* address);
    void give_up();

    admission* from_;  // null when it has been given up
    group& listener_;
    groups_of_addresses::value_type* address_;  // null where it counts for none
  };

  /// While it lives, the connection is idle: it may be closed, and its place taken away, to make
  /// room for another.
  class idle_place {
   public:
    /// @param p and c outlive it. If the place has been taken away already, nothing happens.
    idle_place(place& p, connection& c);
    idle_place(const idle_place&) = delete;
    idle_place& operator=(const idle_place&) = delete;
    ~idle_place() = default;

   private:
    friend class admission;
    place& place_;
    connection& link_;
    idle_member of_listener_{*this};
    idle_member of_address_{*this};
  };

  /// Counts one peer while it lives.
  class peer_place {
   public:
    /// @param p of its connection; it outlives it, and is not taken away meanwhile.
    /// @param client for whose address it counts. Neither is_full() nor is_full_for() may be true.
    peer_place(place& p, const asio::ip::address& client);
    ~peer_place();
    peer_place(const peer_place&) = delete;
    peer_place& operator=(const peer_place&) = delete;

   private:
    admission& from_;
    group& listener_;
    groups_of_addresses::value_type* address_;  // null where it counts for none
  };

  /// Whatever the options say, there are no more connections than descriptors allow, less a reserve
  /// for the process itself and the port for operators, and fewer peers than connections, so that
  /// a server that is full of peers can still say so.
  /// @param limits, counts and log outlive it.
  /// @throws std::invalid_argument if one of options::trusted_proxies is no network.
  admission(const options& limits, metrics& counts, limited_log& log);

  /// A place for a connection that has just been accepted. At options::max_connections, or at
  /// options::max_connections_per_address, the connection that has been idle the longest, of all or
  /// of that address, is closed for it. The port for operators has places of its own.
  /// @returns nothing if none is idle, which is counted and logged.
  std::optional<place> take_place(const remote_end& from, bool for_operators);

  bool is_full() const { return peers() >= max_peers_; }
  /// Whether this address has options::max_peers_per_address peers.
  bool is_full_for(const asio::ip::address& address) const;

  /// options::trusted_proxies.
  const network_list& trusted_proxies() const { return trusted_proxies_; }

  std::size_t peers() const { return public_.peers; }
  std::size_t max_peers() const { return max_peers_; }
  std::size_t max_connections() const { return public_.max_connections; }

 private:
  bool limits_peers_of(const asio::ip::address& address) const;
  /// Whether the group is within its limit now.
  bool make_room(group& in);
  groups_of_addresses::value_type& group_of(const asio::ip::address& address);
  void forget_if_unused(groups_of_addresses::value_type& address);

  const options& limits_;
  metrics& counts_;
  limited_log& log_;
  const network_list trusted_proxies_;
  group public_;
  group operators_;
  groups_of_addresses by_address_;  // only where they are limited
  std::size_t max_peers_;
};

/// Raises the soft limit of open descriptors (RLIMIT_NOFILE) to the hard one.
void raise_descriptor_limit();

}  // namespace ws_demo
