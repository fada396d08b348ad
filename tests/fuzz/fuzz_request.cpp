// What a request gets: the target, who may connect, the offers of permessage-deflate.

#include "http/origin.hpp"
#include "http/routing.hpp"
#include "websocket/deflate_offer.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

using namespace ws_demo;
namespace http = boost::beast::http;

/// A page with the names that make trouble, for as long as the process lives.
const static_files& page() {
  static const static_files made = [] {
    const auto root =
        std::filesystem::temp_directory_path() / ("ws_demo_fuzz_" + std::to_string(::getpid()));
    std::filesystem::create_directories(root / "assets");
    std::ofstream(root / "index.html") << "<!doctype html>";
    std::ofstream(root / "assets/a.js") << "plain";
    std::ofstream(root / "assets/a.js.br") << "in brotli";
    static_files read(root);
    std::filesystem::remove_all(root);
    return read;
  }();
  return made;
}

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(65536);
  parser.eager(false);
  error_code ec;
  parser.put(asio::buffer(data, size), ec);
  if (ec || !parser.is_header_done()) return 0;
  auto request = parser.release();

  const options o;
  const metrics counts;
  const auto asked = requested_authority(request);
  const bool mine = asked && host_allowed(asked->host, o, true) &&
                    allowed_access(request, o, true) != origin_access::none;
  resources here;
  here.page = &page();
  here.counts = &counts;
  const auto verdict = route(request, false, here);
  if (const auto* answer = std::get_if<response>(&verdict)) {
    require(answer->result_int() >= 200 && answer->result_int() <= 505);
  } else if (mine) {
    const auto window_bits = choose_deflate_offer(request);
    require(!window_bits || (*window_bits >= 8 && *window_bits <= 15));
  }
  return 0;
}
