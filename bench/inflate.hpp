#pragma once

#include <boost/beast/zlib/inflate_stream.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace ws_bench {

/// Takes messages out of permessage-deflate (RFC 7692), each by itself. What comes again, as an
/// event does for each of its subscribers, is not inflated again: this side is not what is
/// measured.
class inflater {
 public:
  /// @return the message, until the next call.
  /// @throws protocol_error for what is not what deflate makes, or over `limit` bytes.
  std::string_view inflated(std::string_view payload, std::size_t limit);

 private:
  boost::beast::zlib::inflate_stream stream_;
  std::string payload_;
  std::string message_;
};

}  // namespace ws_bench
