// Not compiled together with other files: <linux/tcp.h>, whose tcp_info is longer than that of the
// C library, clashes with <netinet/tcp.h>, which Asio includes.

#include "net/tcp_traffic.hpp"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace ws_demo {

std::optional<tcp_traffic> traffic_of(int socket) {
  tcp_info info{};  // an older kernel leaves the newest members 0
  socklen_t size = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  return tcp_traffic{std::chrono::milliseconds(info.tcpi_last_data_recv),
                     std::chrono::milliseconds(info.tcpi_last_ack_recv), info.tcpi_bytes_acked,
                     info.tcpi_snd_wnd > 0 && info.tcpi_unacked == 0};
}

std::size_t unacknowledged_bytes(int socket) {
  int bytes = 0;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): ioctl is declared so
  if (::ioctl(socket, SIOCOUTQ, &bytes) != 0) return 0;
  return static_cast<std::size_t>(bytes);
}

}  // namespace ws_demo
