#pragma once

// Reads the head of a request, within limits that Beast does not keep by itself.

#include "common/memory_budget.hpp"
#include "http/message.hpp"
#include "net/asio.hpp"
#include "net/connection.hpp"
#include "ws_demo/options.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <cstddef>

namespace ws_demo {

using head_parser = boost::beast::http::request_parser<boost::beast::http::empty_body>;
using body_parser = boost::beast::http::request_parser<received_body>;

/// How much of a request may be buffered before it is parsed: a head, the head of a chunk, or
/// trailer fields. Beast's parser throws where a field is larger.
constexpr std::size_t max_unparsed_bytes = std::size_t{64} << 10;

/// What the fields of a request take of the heap.
template <class Fields>
std::size_t fields_bytes(const Fields& fields) {
  constexpr std::size_t beside_text_bytes = 64;
  std::size_t all = 0;
  for (const auto& f : fields)
    all += heap_bytes(beside_text_bytes + f.name_string().size() + f.value().size());
  return all;
}

/// Largest head of a request, in bytes.
inline std::size_t max_head_bytes(const options& limits) {
  return std::min(limits.max_request_head_bytes, max_unparsed_bytes);
}

/// Reads the next request to the end of its head; what has come after that stays in the buffer. A
/// few empty lines before it are skipped (RFC 9112 section 2.2).
/// @param buffer with a max_size() of max_unparsed_bytes
/// @param parser a new one
/// @return http::error::header_limit if the head is larger than max_head_bytes(), and
/// errc::argument_list_too_long if it has more fields than options::max_request_fields.
task<error_code> read_request_head(connection& from, boost::beast::flat_buffer& buffer,
                                   head_parser& parser, const options& limits);

/// Reads the body, and puts the deadline of the connection off for each byte of it. The heads of
/// chunks do not count: a client may send as many as it likes.
/// @param buffer as for the head, with what has come after that
/// @return http::error::body_limit if the body is larger than the parser allows;
/// asio::error::no_memory if the connection's budget is exceeded meanwhile.
task<error_code> read_request_body(connection& from, boost::beast::flat_buffer& buffer,
                                   body_parser& parser);

}  // namespace ws_demo
