#pragma once

// Whose request it is that came through proxies, which say so in X-Forwarded-For or Forwarded (RFC
// 7239). Each proxy appends whom it got the request from, so that the last entry is of the proxy
// that is connected, and only what trusted proxies have appended can be believed. Pure: no I/O, no
// state, no allocation.

#include "http/message.hpp"
#include "net/network.hpp"

#include <boost/asio/ip/address.hpp>

namespace ws_demo {

/// The address of the client.
///
/// Where `from` is a trusted proxy, that is the last entry that is not one, too; the first entry
/// where all are. All lines of a field are one list, in order. An entry that is no address, or is
/// malformed, ends the list, because what is before it may be the client's own invention: the
/// client is then what the entry after it says, and `from` where there is none. No more than 32
/// entries are read.
///
/// A proxy writes one of the fields, and most pass the other on as the client has sent it. Which
/// one that is, is not known, so that where there are both, they must agree; otherwise it is
/// `from`.
/// @param from whom the connection is from
asio::ip::address client_address(const request_head& head, const asio::ip::address& from,
                                 const network_list& trusted_proxies);

}  // namespace ws_demo
