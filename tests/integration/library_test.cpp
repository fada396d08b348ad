// The server as a part of another program: publish() from any thread.

#include "deadline.hpp"
#include "raw_client.hpp"
#include "test_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

/// The part of a published event's text that says what it is.
std::string event(const std::string& topic, const std::string& payload) {
  return R"({"topic":")" + topic + R"(","payload":)" + payload + ",";
}

TEST(Library, PublishesFromAnyThread) {
  test_server server;
  raw_client client(server.port());
  client.subscribe("/?topic=*");
  server.publish("prices", " {\"eur\": 1.10}\n");
  EXPECT_TRUE(client.read_frame().payload.starts_with(event("prices", R"({"eur": 1.10})")));
}

TEST(Library, PublishesAtOnceOnItsOwnThread) {
  asio::io_context io(1);
  options o = quiet();
  o.max_publish_queue_bytes = 1;
  o.publish_timeout = 10ms;
  server push_server(io, o);
  asio::co_spawn(io, push_server.run(), asio::detached);
  asio::post(io, [&] {
    for (int i = 0; i < 3; ++i) push_server.publish("t", "1");
    push_server.stop();
  });
  EXPECT_NO_THROW(io.run());
}

task<std::vector<std::string>> publish_some(server& to) {
  std::vector<std::string> ids{to.position()};
  ids.push_back(to.publish("t", "1").value_or("dropped"));
  ids.push_back(co_await to.async_publish("t", " 2\n"));
  ids.push_back(to.position());
  to.stop();
  co_return ids;
}

TEST(Library, NamesPositions) {
  asio::io_context io(1);
  server push_server(io, quiet());
  asio::co_spawn(io, push_server.run(), asio::detached);
  auto ids = asio::co_spawn(io, publish_some(push_server), asio::use_future);
  io.run();
  const auto got = ids.get();
  const auto epoch = got.at(0).substr(0, got.at(0).find(':'));
  EXPECT_THAT(got, ElementsAre(epoch + ":0", epoch + ":1", epoch + ":2", epoch + ":2"));
}

TEST(Library, TellsAnotherThreadTheIdWhenItIsKnown) {
  asio::io_context io(1);
  server push_server(io, quiet());
  asio::co_spawn(io, push_server.run(), asio::detached);
  const std::jthread loop([&] { io.run(); });
  raw_client client(push_server.endpoint().port());
  client.subscribe("/?topic=*");
  auto id = asio::co_spawn(io, push_server.async_publish("t", "1"), asio::use_future);
  EXPECT_EQ(client.read_frame().id(), id.get());
  EXPECT_FALSE(push_server.publish("t", "2"));
  push_server.stop();
}

TEST(Library, SaysWhatWasNotPublished) {
  asio::io_context io(1);
  auto o = quiet();
  o.max_topics_total = 1;
  server push_server(io, o);
  const auto publish = [&](const std::string& topic, const std::string& payload) {
    auto id = asio::co_spawn(io, push_server.async_publish(topic, payload), asio::use_future);
    io.restart();
    io.run();
    return id.get();
  };
  EXPECT_THROW(publish("$t", "1"), std::invalid_argument);
  EXPECT_THROW(publish("t", "nonsense"), std::invalid_argument);
  const auto id = publish("t", "1");
  EXPECT_EQ(push_server.position(), id);
  EXPECT_THROW(publish("another", "1"), std::runtime_error);
  asio::co_spawn(io, push_server.run(), asio::detached);
  push_server.stop();
  io.restart();
  io.run();
  EXPECT_THROW(publish("t", "1"), std::runtime_error);
}

TEST(Library, TakesNoTokenThatCannotBeSent) {
  asio::io_context io(1);
  auto o = quiet();
  o.publish_token = "secret\n";
  EXPECT_THROW(server(io, o), std::invalid_argument);
  o.publish_token = "correct horse battery staple";
  EXPECT_NO_THROW(server(io, o));
}

TEST(Library, SaysWhatIsWrong) {
  auto o = quiet();
  o.max_event_bytes = 10;
  test_server server(o);
  EXPECT_THROW(server.publish("$t", "1"), std::invalid_argument);
  EXPECT_THROW(server.publish("", "1"), std::invalid_argument);
  EXPECT_THROW(server.publish("t", "nonsense"), std::invalid_argument);
  EXPECT_THROW(server.publish("t", ""), std::invalid_argument);
  EXPECT_THROW(server.publish("t", "\"123456789\""), std::invalid_argument);
  EXPECT_NO_THROW(server.publish("t", "\"12345678\""));
}

TEST(Library, WaitsForRoomOnlySoLong) {
  asio::io_context io(1);
  options o = quiet();
  o.max_publish_queue_bytes = 1;
  o.publish_timeout = 10ms;
  server push_server(io, o);
  push_server.publish("t", "1");  // one has room; nobody takes it, for the loop does not run
  EXPECT_THROW(push_server.publish("t", "2"), std::runtime_error);
}

TEST(Library, WhatIsPublishedBeforeItRunsIsKept) {
  asio::io_context io(1);
  server push_server(io, quiet());
  push_server.publish("t", "1");
  asio::co_spawn(io, push_server.run(), asio::detached);
  std::thread loop([&] { io.run(); });
  raw_client client(push_server.endpoint().port());
  client.subscribe("/?topic=t&last=1");
  EXPECT_TRUE(client.read_frame().payload.starts_with(event("t", "1")));
  push_server.stop();
  loop.join();
  EXPECT_NO_THROW(push_server.publish("t", "2")) << "and nobody hears of it";
}

/// Some thousand events, much more than a send queue and the publish queue may hold, as fast as
/// they can be made: the thread is slowed down, and a peer that reads loses nothing.
TEST(Library, AFastThreadIsSlowedDown) {
  auto o = quiet();
  o.max_queue_bytes = 20'000;
  o.max_publish_queue_bytes = 10'000;
  o.publish_timeout = patience;
  test_server server(o);
  raw_client client(server.port());
  client.subscribe("/?topic=t");
  constexpr int count = 20'000;
  const std::jthread producer([&] {
    for (int i = 0; i < count; ++i) server.publish("t", std::to_string(i));
  });
  for (int i = 0; i < count; ++i) {
    const auto text = client.read_frame().payload;
    ASSERT_TRUE(text.starts_with(event("t", std::to_string(i)))) << text << " instead of " << i;
  }
}

/// A program may end by stopping its loop: what is under way then ends with it.
TEST(Library, AStoppedLoopIsNoHarm) {
  std::optional<raw_client> client;
  {
    asio::io_context io(1);
    server push_server(io, pushing(1ms));
    asio::co_spawn(io, push_server.run(), asio::detached);
    std::thread loop([&] { io.run(); });
    client.emplace(push_server.endpoint().port());
    client->subscribe("/?topic=random&topic=t");
    client->read_frame();
    io.stop();
    loop.join();
  }
  for (;;) {
    try {
      client->read_frame();
    } catch (const std::exception&) {
      break;  // it has been hung up on
    }
  }
}

/// The same while a thread publishes, a bulk holds the publisher's turn, and a replay is under way.
TEST(Library, AStoppedLoopIsNoHarmInTheMiddleOfWork) {
  auto o = quiet();
  o.publish_token = "secret";
  o.max_queue_bytes = 2000;  // a page of a replay is half of that
  o.history_events = 100'000;
  o.publish_timeout = 500ms;
  std::string lines;
  for (int i = 0; i < 50'000; ++i)
    lines += R"({"topic":"bulk","payload":1})"
             "\n";
  std::jthread producer;
  std::optional<raw_client> bulk;
  std::optional<raw_client> replay;
  {
    asio::io_context io(1);
    server push_server(io, o);
    for (int i = 0; i < 10'000; ++i) push_server.publish("past", "1");
    asio::co_spawn(io, push_server.run(), asio::detached);
    std::thread loop([&] { io.run(); });
    const auto port = push_server.endpoint().port();
    producer = std::jthread([&](const std::stop_token& stop) {
      try {
        while (!stop.stop_requested()) push_server.publish("thread", "1");
      } catch (const std::runtime_error& error) {  // when the loop has stopped
        EXPECT_STREQ(error.what(), "too many events wait to be published");
      }
    });
    raw_client listener(port);
    listener.subscribe("/?topic=bulk");
    replay.emplace(port);
    replay->subscribe("/?topic=past&last=10000");
    replay->read_frame();
    bulk.emplace(port);
    bulk->send(
        "POST /publish HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\n"
        "Content-Type: application/x-ndjson\r\nContent-Length: " +
        std::to_string(lines.size()) + "\r\n\r\n" + lines);
    listener.read_frame();  // now the bulk is being published
    io.stop();
    loop.join();
    producer.request_stop();
    producer.join();
  }
}

}  // namespace
}  // namespace ws_demo::testing
