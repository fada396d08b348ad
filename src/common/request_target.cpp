#include "common/request_target.hpp"

#include "common/text.hpp"

namespace ws_demo {

request_target split_target(std::string_view target) {
  request_target parts;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equal_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    parts.authority = target.substr(0, target.find_first_of("/?"));
    target.remove_prefix(parts.authority->size());
    break;
  }
  const bool is_root = parts.authority && !target.starts_with('/');
  parts.path = is_root ? "/" : target.substr(0, target.find('?'));
  return parts;
}

}  // namespace ws_demo
