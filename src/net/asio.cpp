#include "net/asio.hpp"

#include <sstream>

namespace ws_demo {

std::string to_string(const tcp::endpoint& endpoint) {
  std::ostringstream text;
  text << endpoint;
  return text.str();
}

}  // namespace ws_demo
