#pragma once

// What an HTTP request gets: an answer, or a WebSocket. Pure: no I/O, no state.

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <string_view>
#include <variant>

namespace ws_demo {

/// The head of a request; a body, where there is one, is not read.
using request_head = boost::beast::http::request<boost::beast::http::empty_body>;
using response = boost::beast::http::response<boost::beast::http::string_body>;

/// The request is a valid opening handshake (RFC 6455 §4.2.1) for a path that takes one.
struct upgrade {};

/// Decides what the request gets. The answer is complete but for `Connection`.
/// @param has_body whether a body follows the head; no route takes one.
std::variant<upgrade, response> route(const request_head& request, bool has_body);

/// An answer that says no, and why, in plain text. Complete but for `Connection`.
response refusal(boost::beast::http::status status, std::string_view text);

}  // namespace ws_demo
