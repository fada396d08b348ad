#include "app/event_log_option.hpp"

#include "http/authority.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <sstream>
#include <string_view>

namespace ws_demo {
namespace {

/// `nats://host`, with user and port if need be.
bool is_nats_server(std::string_view text) {
  if (!text.starts_with("nats://") && !text.starts_with("tls://")) return false;
  text.remove_prefix(text.find("//") + 2);
  text.remove_prefix(text.rfind('@') + 1);  // npos + 1 is 0
  return !text.empty() && parse_authority(text);
}

}  // namespace

bool set_event_log(options& o, const std::string& text) {
  o.event_log_file.clear();
  o.nats_servers.clear();
  if (text.find("://") == std::string::npos) {
    o.event_log_file = text;
    return !text.empty() && !text.starts_with("nats:") && !text.starts_with("tls:");
  }
  std::istringstream all(text);
  for (std::string server; std::getline(all, server, ',');) o.nats_servers.push_back(server);
  return !text.ends_with(',') && std::ranges::all_of(o.nats_servers, is_nats_server);
}

/// A password may have commas and more: from the first scheme to the last '@'.
std::string without_secrets(const std::string& text) {
  constexpr std::string_view scheme = "://";
  const auto begin = text.find(scheme);
  const auto end = text.rfind('@');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return text;
  return text.substr(0, begin + scheme.size()) + "..." + text.substr(end);
}

std::string without_addresses(const std::string& text) {
  const bool has_address =
      text.find("nats://") != std::string::npos || text.find("tls://") != std::string::npos;
  if (!has_address) return text;
  std::string shown;
  bool is_list = false;
  std::istringstream words(text);
  for (std::string word; words >> word; is_list = is_list || word.ends_with(':')) {
    if (!shown.empty()) shown += ' ';
    if (word.starts_with("--"))
      shown += word.substr(0, word.find('='));
    else
      shown += is_list || word.find("://") != std::string::npos ? "..." : word;
  }
  return shown;
}

bool set_nats_stream(options& o, const std::string& text) {
  constexpr std::size_t longest = 64;
  o.nats_stream = text;
  return !text.empty() && text.size() <= longest && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-';
  });
}

}  // namespace ws_demo
