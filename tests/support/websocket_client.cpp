#include "websocket_client.hpp"

#include "deadline.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <optional>
#include <stdexcept>

namespace ws_demo::testing {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;

struct websocket_client::impl {
  asio::io_context io{1};
  websocket::stream<beast::tcp_stream> stream{io};

  /// Starts an operation with a handler for its result, and runs it to its end.
  template <class Start>
  void run(Start start) {
    std::optional<boost::system::error_code> result;
    start([&result](boost::system::error_code ec, auto...) { result = ec; });
    io.restart();
    io.run_for(patience);
    if (!result) throw std::runtime_error("the server did not answer in time");
    if (*result) throw boost::system::system_error(*result);
  }
};

websocket_client::websocket_client(std::uint16_t port, const std::string& target)
    : impl_(std::make_unique<impl>()) {
  auto& stream = impl_->stream;
  const asio::ip::tcp::endpoint server(asio::ip::address_v4::loopback(), port);
  impl_->run([&](auto done) { beast::get_lowest_layer(stream).async_connect(server, done); });
  stream.read_message_max(0);  // no limit
  impl_->run([&](auto done) { stream.async_handshake("localhost", target, done); });
}

websocket_client::~websocket_client() = default;

void websocket_client::send(const received_message& m) {
  impl_->stream.text(m.is_text);
  impl_->run([&](auto done) { impl_->stream.async_write(asio::buffer(m.bytes), done); });
}

void websocket_client::send_fragmented(const received_message& m, std::size_t fragment_bytes) {
  impl_->stream.text(m.is_text);
  for (std::size_t at = 0; at < m.bytes.size(); at += fragment_bytes) {
    const auto rest = m.bytes.size() - at;
    const auto part = asio::buffer(m.bytes.data() + at, std::min(rest, fragment_bytes));
    impl_->run(
        [&](auto done) { impl_->stream.async_write_some(rest <= fragment_bytes, part, done); });
  }
}

received_message websocket_client::receive() {
  received_message m;
  auto buffer = asio::dynamic_buffer(m.bytes);
  impl_->run([&](auto done) { impl_->stream.async_read(buffer, done); });
  m.is_text = impl_->stream.got_text();
  return m;
}

received_message websocket_client::receive_reply() {
  for (;;) {
    auto m = receive();
    if (!m.bytes.starts_with(R"({"topic":"random")")) return m;
  }
}

std::uint16_t websocket_client::close_code() const {
  return impl_->stream.reason().code;
}

}  // namespace ws_demo::testing
