#pragma once

#include "raw_client.hpp"

#include <cstdint>
#include <stdexcept>
#include <string>

namespace ws_demo::testing {

/// The answer to a GET, head and body, on a connection of its own.
inline std::string get(std::uint16_t port, const std::string& path) {
  raw_client client(port);
  client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  return client.read_answer();
}

/// Whether an HTTP answer has this status.
inline bool is(const std::string& answer, int status) {
  return answer.starts_with("HTTP/1.1 " + std::to_string(status) + " ");
}

/// The value of a series in /metrics.
inline double measured(std::uint16_t port, const std::string& series) {
  const auto answer = get(port, "/metrics");
  const auto at = answer.find('\n' + series + ' ');
  if (at == std::string::npos) throw std::runtime_error(series + " is not in " + answer);
  return std::stod(answer.substr(at + series.size() + 2));
}

}  // namespace ws_demo::testing
