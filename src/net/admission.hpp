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
  /// A peer's place: given back when it is destroyed.
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

  /// @param limits outlives the admission. Where options::max_peers is 0, there may be as many
  /// peers as the process may have descriptors, less a reserve for everything else.
  explicit admission(const options& limits);

  bool is_full() const { return peers_ >= max_peers_; }
  /// Whether this address has as many peers as one may (options::max_peers_per_address).
  bool is_full_for(const boost::asio::ip::address& address) const;

  /// A place for one more. To be asked for only where neither of the above is true.
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

/// Raises the process's limit of open descriptors to what the system allows it.
void raise_descriptor_limit();

}  // namespace ws_demo
