#pragma once

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>

namespace ws_demo {

/// The request that opens a WebSocket (RFC 6455 section 4.1).
using upgrade_request = boost::beast::http::request<boost::beast::http::empty_body>;

}  // namespace ws_demo
