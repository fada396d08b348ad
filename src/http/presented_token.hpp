#pragma once

// The token that a request comes with, and where that may be. Pure: no I/O, no state.

#include "http/message.hpp"
#include "http/origin.hpp"
#include "ws_demo/options.hpp"

#include <string>

namespace ws_demo {

/// What is found first: the field Authorization with the scheme Bearer (RFC 6750 section 2.1); the
/// subprotocol `bearer.<token>`; the cookie options::token_cookie, where cookies_count(); and, with
/// options::token_in_query, `access_token` in the query (section 2.3). Empty if there is none.
/// @param access of the request
std::string presented_token(const request_head& request, const options& o, origin_access access);

}  // namespace ws_demo
