#pragma once

// What lets pages of other origins use the server (Fetch standard, "HTTP-CORS protocol"): which
// requests they may send, and that they may read the answers. Whether a page may at all is decided
// by its origin (http/origin.hpp).

#include "http/message.hpp"
#include "http/origin.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace ws_demo {

/// What pages of other origins may ask of a path.
struct cross_origin_use {
  std::string_view method;
  std::string_view fields;  // of the request, which a page may set
};
/// Nothing where they may ask for nothing.
std::optional<cross_origin_use> cross_origin_use_of(std::string_view path);

/// The answer to a preflight: what may be asked, and for how long the browser need not ask again.
response preflight_answer(const cross_origin_use& use);

/// Whether the request asks, instead of a page, what the page may ask.
bool is_preflight(const request_head& request);

/// The page that may read an answer.
struct cross_origin_reader {
  std::string origin;  // as the request has it
  origin_access access = origin_access::none;
};
/// Of an answer to this request.
/// @param server_is_on_loopback as of allowed_access()
cross_origin_reader reader_of_answer(const request_head& request, const options& o,
                                     bool server_is_on_loopback);
/// Says so in the answer.
void allow_reading(response& answer, const cross_origin_reader& reader);

}  // namespace ws_demo
