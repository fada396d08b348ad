#include "app/listening_option.hpp"

#include "net/asio.hpp"
#include "net/remote_end.hpp"

#include <sys/un.h>

#include <charconv>
#include <cstddef>
#include <system_error>

namespace ws_demo {
namespace {

/// unix(7), without the zero at its end.
constexpr std::size_t max_socket_path_bytes = sizeof(sockaddr_un::sun_path) - 1;

constexpr unsigned all_permissions = 0777;

}  // namespace

bool set_host(options& o, const std::string& text) {
  if (text.starts_with(unix_prefix)) {
    const auto path = text.substr(unix_prefix.size());
    o.unix_socket = path;
    return !path.empty() && path.size() <= max_socket_path_bytes;
  }
  error_code ec;
  const auto address = asio::ip::make_address(text == "localhost" ? "127.0.0.1" : text, ec);
  if (!ec) o.host = address;
  return !ec;
}

bool set_socket_mode(options& o, const std::string& text) {
  const auto* const end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, o.unix_socket_mode, 8);
  const bool is_octal = error == std::errc{} && parsed == end;
  return is_octal && (text.size() == 3 || text.size() == 4) &&
         o.unix_socket_mode <= all_permissions;
}

}  // namespace ws_demo
