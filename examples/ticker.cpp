// A server and a ticker take turns on one io_context, on one thread.
//
//   ./ticker [PORT]    then open the address that it prints

#include <ws_demo/server.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;

namespace {

/// Publishes the time, ten times a second.
asio::awaitable<void> tick(ws_demo::server& server) {
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::steady_clock::now());
  for (int number = 0;; ++number) {
    const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
    server.publish("clock", nlohmann::json{{"number", number}, {"seconds", now.count()}}.dump());
    timer.expires_at(timer.expiry() + std::chrono::milliseconds(100));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  ws_demo::options options;
  if (argc > 1) options.port = static_cast<std::uint16_t>(std::stoi(argv[1]));
  options.interval = std::chrono::seconds(0);  // no random numbers

  asio::io_context io(1);
  ws_demo::server server(io, options);
  std::cout << "http://localhost:" << server.endpoint().port() << "/?topic=clock" << '\n'
            << std::flush;
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](auto, int) { server.stop(); });
  asio::co_spawn(io, server.run(), [&](const std::exception_ptr&) { io.stop(); });
  asio::co_spawn(io, tick(server), asio::detached);
  io.run();
} catch (const std::exception& error) {
  std::cerr << "ticker: " << error.what() << '\n';
  return 1;
}
