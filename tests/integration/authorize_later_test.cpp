// A decision of the program's own on who may, that takes time (server::on_authorize()).

#include "deadline.hpp"
#include "http_get.hpp"
#include "raw_client.hpp"
#include "test_server.hpp"

#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;

/// Decisions that wait until they are let go.
struct slow_decisions {
  task<access_decision> wait(const access_request& r) {
    ++begun;
    const std::shared_ptr<void> end(nullptr, [this](void*) { ++ended; });
    timer pause(co_await asio::this_coro::executor);
    while (!go_on) {
      pause.expires_after(1ms);
      co_await pause.async_wait(no_throw);
    }
    if (fails == 1) throw std::runtime_error("on purpose");
    if (fails == 2) throw 2;
    co_return r.built_in;
  }
  auto as_authorizer() {
    return [this](class server& s) {
      s.on_authorize([this](const access_request& r) { return wait(r); });
    };
  }
  std::atomic<int> begun = 0;
  std::atomic<bool> go_on = false;
  std::atomic<int> ended = 0;
  std::atomic<int> fails = 0;
};

class AuthorizeLater : public ::testing::Test {
 protected:
  static std::string answer(const test_server& by) {
    raw_client client(by.port());
    return client.open_in_vain("/");
  }
  /// Until so many have begun, or ended.
  static void wait_for(const std::atomic<int>& count, int reached) {
    const auto give_up = std::chrono::steady_clock::now() + patience;
    while (count < reached && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
    ASSERT_GE(count, reached);
  }

  slow_decisions decisions;
};

TEST_F(AuthorizeLater, HoldsNobodyElseUp) {
  const test_server server(quiet(), decisions.as_authorizer());
  raw_client slow(server.port());
  auto opened = std::async(std::launch::async, [&] { return slow.subscribe("/?topic=t"); });
  wait_for(decisions.begun, 1);
  EXPECT_TRUE(is(get(server.port(), "/healthz"), 200));  // nobody else waits
  decisions.go_on = true;
  EXPECT_NE(opened.get(), "");
  for (const int how : {1, 2}) {
    decisions.fails = how;
    EXPECT_TRUE(is(answer(server), 503));
  }
}

TEST_F(AuthorizeLater, TakesNoLongerThanItMay) {
  auto o = quiet();
  o.authorize_timeout = 10ms;
  const test_server server(o, decisions.as_authorizer());
  EXPECT_TRUE(is(answer(server), 503));
  wait_for(decisions.ended, 1);  // it is cancelled
  decisions.go_on = true;        // or the server would wait for it
}

/// The time for a request is not that for the decision.
TEST_F(AuthorizeLater, MayTakeLongerThanARequest) {
  auto o = quiet();
  o.handshake_timeout = 20ms;
  const test_server server(o, [](class server& s) {
    s.on_authorize([](const access_request& r) -> task<access_decision> {
      timer pause(co_await asio::this_coro::executor, 300ms);
      co_await pause.async_wait(no_throw);
      co_return r.built_in;
    });
  });
  raw_client client(server.port());
  EXPECT_NO_THROW(client.open("/"));
}

/// Who came while another was decided on has the place.
TEST_F(AuthorizeLater, ThePlaceIsThatOfWhoIsDecidedOnFirst) {
  auto o = quiet();
  o.max_peers = 1;
  const test_server server(o, decisions.as_authorizer());
  raw_client one(server.port());
  raw_client other(server.port());
  auto first = std::async(std::launch::async, [&] { return one.open("/"); });
  auto second = std::async(std::launch::async, [&] { return other.open("/"); });
  wait_for(decisions.begun, 2);
  decisions.go_on = true;
  int opened = 0;
  for (auto* const result : {&first, &second}) try {
      opened += result->get().starts_with("HTTP/1.1 101") ? 1 : 0;
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string(error.what()).find("503"), std::string::npos) << error.what();
    }
  EXPECT_EQ(opened, 1);
}

TEST_F(AuthorizeLater, AStopDoesNotWaitForIt) {
  auto o = quiet();
  o.shutdown_timeout = 10ms;
  o.authorize_timeout = 1h;
  test_server server(o, decisions.as_authorizer());
  raw_client client(server.port());
  client.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  wait_for(decisions.begun, 1);
  server.stop();
  EXPECT_TRUE(server.stopped());
  decisions.go_on = true;
}

}  // namespace
}  // namespace ws_demo::testing
