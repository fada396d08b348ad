#include "net/remote_end.hpp"

namespace ws_demo {

std::string to_string(const remote_end& end) {
  return end.is_unix()
             ? std::string(unix_prefix).append(std::to_string(end.number))
             : to_string(tcp::endpoint(end.address, static_cast<std::uint16_t>(end.number)));
}

}  // namespace ws_demo
