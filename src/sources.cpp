#include "ws_demo/sources.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <utility>

namespace ws_demo {

task<void> sources::run() {
  using namespace asio::experimental::awaitable_operators;
  auto all = center.wake_subscribers() && random.run() && replays.run();
  co_await std::move(all);
}

void sources::stop() {
  center.stop();
  random.stop();
  replays.stop();
}

}  // namespace ws_demo
