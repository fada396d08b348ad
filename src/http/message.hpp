#pragma once

// HTTP requests and answers.

#include "net/asio.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace ws_demo {

/// A body that many answers share, such as a file of the page; null for an empty one. (Meets
/// Beast's requirements of a Body that is only written.)
struct shared_body {
  using value_type = std::shared_ptr<const std::string>;

  static std::uint64_t size(const value_type& body) { return body ? body->size() : 0; }

  class writer {
   public:
    using const_buffers_type = asio::const_buffer;

    template <bool IsRequest, class Fields>
    writer(const boost::beast::http::header<IsRequest, Fields>&, const value_type& body)
        : body_(body) {}
    static void init(error_code& ec) { ec = {}; }
    boost::optional<std::pair<const_buffers_type, bool>> get(error_code& ec) {
      ec = {};
      if (!body_) return boost::none;
      return std::pair(const_buffers_type(asio::buffer(*body_)), false);  // false: that was all
    }

   private:
    const value_type& body_;
  };
};

/// A body that takes the memory of what has come, whatever is announced. (Meets Beast's
/// requirements of a Body that is only parsed.)
struct received_body {
  using value_type = std::string;

  class reader {
   public:
    template <bool IsRequest, class Fields>
    reader(const boost::beast::http::header<IsRequest, Fields>&, value_type& body) : body_(body) {}
    static void init(const boost::optional<std::uint64_t>& /*size*/, error_code& ec) { ec = {}; }
    template <class Buffers>
    std::size_t put(const Buffers& come, error_code& ec) {
      ec = {};
      for (const asio::const_buffer part : boost::beast::buffers_range_ref(come))
        body_.append(static_cast<const char*>(part.data()), part.size());
      return asio::buffer_size(come);
    }
    static void finish(error_code& ec) { ec = {}; }

   private:
    value_type& body_;
  };
};

/// The head of a request.
using request_head = boost::beast::http::request<boost::beast::http::empty_body>;
using response = boost::beast::http::response<shared_body>;

/// An answer with its body and the header fields that all have, complete but for `Connection`.
response make_answer(boost::beast::http::status status, std::string_view type,
                     shared_body::value_type body);

/// An error in plain text.
response error_response(boost::beast::http::status status, std::string_view text);

}  // namespace ws_demo
