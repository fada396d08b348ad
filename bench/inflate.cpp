#include "inflate.hpp"

#include "frame.hpp"

#include <boost/beast/zlib/error.hpp>

#include <algorithm>

namespace ws_bench {

std::string_view inflater::inflated(std::string_view payload, std::size_t limit) {
  namespace zlib = boost::beast::zlib;
  constexpr std::string_view end_of_flush("\0\0\xff\xff", 4);  // section 7.2.2
  constexpr std::size_t least_at_once = 1024;

  if (payload_.ends_with(end_of_flush) &&
      payload == std::string_view(payload_).substr(0, payload_.size() - end_of_flush.size()))
    return message_;
  payload_.assign(payload).append(end_of_flush);
  message_.clear();
  stream_.reset();
  zlib::z_params parameters;
  parameters.next_in = payload_.data();
  parameters.avail_in = payload_.size();
  boost::system::error_code ec;
  for (bool is_full = true; !ec && is_full && message_.size() <= limit;
       is_full = parameters.avail_out == 0) {
    message_.resize(std::max(2 * message_.size(), least_at_once));
    parameters.next_out = message_.data() + parameters.total_out;
    parameters.avail_out = message_.size() - parameters.total_out;
    stream_.write(parameters, zlib::Flush::sync, ec);
  }
  if (ec && ec != zlib::error::need_buffers)
    throw protocol_error("what is not deflated: " + ec.message());
  if (parameters.total_out > limit)
    throw protocol_error("a message of over " + std::to_string(limit) + " bytes");
  message_.resize(parameters.total_out);
  return message_;
}

}  // namespace ws_bench
