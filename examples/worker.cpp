// The server runs on the main thread, while another one works and publishes what it finds.
//
//   ./worker [PORT]    then open the address that it prints

#include <ws_demo/server.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <iostream>
#include <stop_token>
#include <string>
#include <thread>

namespace asio = boost::asio;

namespace {

bool is_prime(std::uint64_t number) {
  for (std::uint64_t divisor = 2; divisor * divisor <= number; ++divisor)
    if (number % divisor == 0) return false;
  return number > 1;
}

/// Publishes primes. A thread that is faster than the server would wait in publish().
void search(const std::stop_token& stop, ws_demo::server& server) {
  for (std::uint64_t number = 1'000'000'000'000; !stop.stop_requested(); ++number)
    if (is_prime(number)) server.publish("primes", nlohmann::json{{"prime", number}}.dump());
}

}  // namespace

int main(int argc, char** argv) try {
  ws_demo::options options;
  if (argc > 1) options.port = static_cast<std::uint16_t>(std::stoi(argv[1]));
  options.interval = std::chrono::seconds(0);  // no random numbers

  asio::io_context io(1);
  ws_demo::server server(io, options);
  std::cout << "http://localhost:" << server.endpoint().port() << "/?topic=primes" << '\n'
            << std::flush;
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](auto, int) { server.stop(); });
  asio::co_spawn(io, server.run(), [](const std::exception_ptr&) {});

  const std::jthread worker([&](const std::stop_token& stop) { search(stop, server); });
  io.run();
} catch (const std::exception& error) {
  std::cerr << "worker: " << error.what() << '\n';
  return 1;
}
