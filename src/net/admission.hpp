#pragma once

// How many peers there may be, in all and from one address. No sockets.
//
// The server owns it, and it outlives the tickets it gives. Threads: the io_context's only.

#include "ws_demo/options.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <optional>
#include <unordered_map>

namespace ws_demo {

class admission {
 public:
  /// Counts one peer while it lives.
  class ticket {
   public:
    ticket(ticket&& other) noexcept;
    ~ticket();
    ticket(const ticket&) = delete;
    ticket& operator=(const ticket&) = delete;
    ticket& operator=(ticket&&) = delete;

   private:
    friend class admission;
    ticket(admission& from, boost::asio::ip::address address);

    admission* from_;
    boost::asio::ip::address address_;
  };

  /// @param limits outlives it. If options::max_peers is 0, the limit is the number of descriptors
  /// that the process may open, less a reserve for everything else.
  explicit admission(const options& limits);

  bool is_full() const { return peers_ >= max_peers_; }
  /// Whether this address has options::max_peers_per_address peers.
  bool is_full_for(const boost::asio::ip::address& address) const;

  /// Admits one more peer. Neither of the above may be true.
  ticket admit(const boost::asio::ip::address& address) { return {*this, address}; }

  std::size_t peers() const { return peers_; }
  std::size_t max_peers() const { return max_peers_; }

 private:
  const options& limits_;
  std::size_t max_peers_;
  std::size_t peers_ = 0;
  std::unordered_map<boost::asio::ip::address, std::size_t>
      per_address_;  // only where it is limited
};

/// Raises the soft limit of open descriptors (RLIMIT_NOFILE) to the hard one.
void raise_descriptor_limit();

}  // namespace ws_demo
