#include "test_server.hpp"

#include "deadline.hpp"

#include <boost/asio/co_spawn.hpp>

namespace ws_demo::testing {

using namespace std::chrono_literals;

options quiet() {
  options o;
  o.port = 0;
  o.interval = 0ms;
  o.shutdown_timeout = 2s;
  // No test meets these, however busy the machine is, but those about them.
  o.handshake_timeout = o.keep_alive_timeout = o.write_timeout = o.close_timeout = 1h;
  return o;
}

options pushing(std::chrono::milliseconds interval) {
  options o = quiet();
  o.interval = interval;
  return o;
}

test_server::test_server(options o, const std::function<void(server&)>& prepare)
    : server_(io_, std::move(o)) {
  if (prepare) prepare(server_);
  asio::co_spawn(io_, server_.run(), [this](const std::exception_ptr& failure) {
    if (failure)
      done_.set_exception(failure);
    else
      done_.set_value();
  });
  thread_ = std::thread([this] { io_.run(); });
}

// NOLINTNEXTLINE(bugprone-exception-escape): a test that cannot stop its server may end with it.
test_server::~test_server() {
  stop();
  thread_.join();
}

void test_server::stop() {
  server_.stop();
}

bool test_server::stopped() {
  return ended_.wait_for(patience) == std::future_status::ready;
}

}  // namespace ws_demo::testing
