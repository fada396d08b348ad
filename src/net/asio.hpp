#pragma once

// The Asio types that every other file uses.
//
// Everything runs on one io_context on one thread, so the executor is the concrete one: no strands,
// no locks, and no type erasure on the path of a message.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <string>

namespace ws_demo {

namespace asio = boost::asio;

using boost::system::error_code;
using std::chrono::steady_clock;
using executor = asio::io_context::executor_type;

/// A coroutine. Lazy: it does nothing until it is awaited or spawned.
template <class T>
using task = asio::awaitable<T, executor>;

using tcp = asio::ip::tcp;
/// Of TCP or of the Unix domain.
using stream_socket = asio::basic_stream_socket<asio::generic::stream_protocol, executor>;
using stream_acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol, executor>;
using timer = asio::basic_waitable_timer<steady_clock, asio::wait_traits<steady_clock>, executor>;

/// The one completion token: `auto [ec, n] = co_await operation(..., no_throw);`. A failure of the
/// network is a value to look at and not an exception, because peers fail all the time.
inline constexpr auto no_throw = asio::as_tuple(asio::use_awaitable_t<executor>{});

/// "127.0.0.1:9001", "[::1]:9001".
std::string to_string(const tcp::endpoint& endpoint);

}  // namespace ws_demo
