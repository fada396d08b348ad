// Events are pushed at once, then each interval.

#include "program.hpp"
#include "raw_client.hpp"
#include "test_server.hpp"
#include "websocket_client.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>
#include <regex>
#include <set>
#include <thread>
#include <vector>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;

const std::regex event_form(
    R"(\{"topic":"random","payload":\{"num":(0|[1-9]\d{0,9}),"message":"Hello, world!"\}\})");

TEST(Push, TheFirstEventComesAtOnce) {
  const test_server server(pushing(1h));
  for (const char* path : {"/", "/ws"}) {
    websocket_client client(server.port(), path);
    const auto event = client.receive();  // an hour is more than the patience of a test
    EXPECT_TRUE(event.is_text);
    EXPECT_TRUE(std::regex_match(event.bytes, event_form)) << event.bytes;
    EXPECT_LE(nlohmann::json::parse(event.bytes)["payload"]["num"].get<std::uint64_t>(),
              4294967295);
  }
}

TEST(Push, NumbersAreFresh) {
  const test_server server(pushing(10ms));
  websocket_client client(server.port());
  std::set<std::string> events;
  for (int i = 0; i < 20; ++i) events.insert(client.receive().bytes);
  EXPECT_GE(events.size(), 19U);  // two of twenty are alike once in 20 million runs
}

TEST(Push, NoneComesBeforeItsTime) {
  constexpr auto interval = 50ms;
  const test_server server(pushing(interval));
  const auto asked = std::chrono::steady_clock::now();
  websocket_client client(server.port());
  for (int i = 0; i < 10; ++i) {
    client.receive();
    EXPECT_GE(std::chrono::steady_clock::now() - asked, i * interval);
  }
}

TEST(Push, GoesOnWhileEchoing) {
  const test_server server(pushing(20ms));
  websocket_client client(server.port());
  int events = 0;
  int echoes = 0;
  while (events < 5) {
    client.send({"ping me"});
    for (bool echoed = false; !echoed;) {
      echoed = client.receive().bytes == "ping me";
      ++(echoed ? echoes : events);
    }
  }
  EXPECT_GT(echoes, 0);
}

TEST(Push, ZeroTurnsThePushesOff) {
  const test_server server(quiet());
  raw_client client(server.port());
  client.open();
  EXPECT_TRUE(client.silent_for(200));
  client.send(opcode::text, "still here");
  EXPECT_EQ(client.read_frame().payload, "still here");
}

TEST(Push, EachPeerHasItsOwnPhase) {
  constexpr auto interval = 1s;
  const test_server server(pushing(interval));
  raw_client first(server.port());
  first.open();
  first.read_frame();
  EXPECT_TRUE(first.silent_for(400));
  raw_client second(server.port());
  const auto asked = std::chrono::steady_clock::now();
  second.open();
  EXPECT_EQ(second.read_frame().op, opcode::text) << "at once";
  second.read_frame();
  EXPECT_GE(std::chrono::steady_clock::now() - asked, interval) << "not with the first peer's next";
}

TEST(Push, MissedTicksAreNotSentInABurst) {
  constexpr auto interval = 100ms;
  ws_demo_program server({"--interval", "100ms"});
  raw_client client(server.port());
  const auto asked = std::chrono::steady_clock::now();
  client.open();
  client.read_frame();

  server.signal(SIGSTOP);
  while (!client.silent_for(500)) client.read_frame();  // what was on its way
  const auto stopped = std::chrono::steady_clock::now();
  EXPECT_TRUE(client.silent_for(1500));
  const auto missed = std::chrono::steady_clock::now() - stopped;
  server.signal(SIGCONT);

  int events = 1;
  for (; events < 25; ++events) client.read_frame();
  const auto awake = std::chrono::steady_clock::now() - asked - missed;
  EXPECT_LE(events, awake / interval + 2) << "more than the time it ran allows";
}

TEST(Push, ATickThatComesTooLateIsSkipped) {
  ws_demo_program server({"--interval", "2s"});
  raw_client client(server.port());
  const auto asked = std::chrono::steady_clock::now();
  client.open();
  client.read_frame();
  server.signal(SIGSTOP);
  EXPECT_TRUE(client.silent_for(3300));  // the tick that was due after 2 s is over half a tick late
  server.signal(SIGCONT);
  client.read_frame();
  EXPECT_GE(std::chrono::steady_clock::now() - asked, 4s);
}

TEST(Push, OnePeerThatNeverReadsDelaysNobody) {
  const test_server server(pushing(20ms));
  raw_client deaf(server.port(), 4096);
  deaf.open();
  const auto flood = encode(opcode::binary, std::string(65536, 'x'));
  while (deaf.try_send(flood)) {
  }
  websocket_client other(server.port());
  for (int i = 0; i < 20; ++i) {
    other.send({"hello"});
    EXPECT_EQ(other.receive_reply().bytes, "hello");
  }
  for (int i = 0; i < 20; ++i) other.receive();
}

TEST(Push, APeerThatTakesNothingIsDropped) {
  ws_demo_program server({"--interval", "20ms", "--write-timeout", "300ms"});
  raw_client deaf(server.port(), 4096);
  deaf.open();
  websocket_client polite(server.port());
  const auto flood = encode(opcode::binary, std::string(65536, 'x'));
  while (deaf.try_send(flood)) {
  }
  server.wait_for_error("code=1006 reason=\"nothing was taken\"");
  for (int i = 0; i < 20; ++i) polite.receive();
  EXPECT_EQ(server.errors().find("peer closed"), server.errors().rfind("peer closed"));
}

TEST(Push, APeerThatTakesNothingIsDroppedAlsoWhileItSends) {
  ws_demo_program server({"--interval", "20ms", "--write-timeout", "300ms"});
  raw_client talker(server.port(), 4096);
  talker.open();
  std::thread talking([&] {
    try {
      for (int i = 0; i < 1000; ++i) talker.send(opcode::binary, std::string(65536, 'x'));
    } catch (const std::exception&) {
      return;  // dropped
    }
  });
  server.wait_for_error("code=1006 reason=\"nothing was taken\"");
  talking.join();
}

TEST(Push, ManyPeersComeAndVanish) {
  const test_server server(pushing(10ms));
  websocket_client witness(server.port());
  for (int round = 0; round < 5; ++round) {
    std::vector<std::unique_ptr<raw_client>> peers;
    for (int i = 0; i < 20; ++i) {
      peers.push_back(std::make_unique<raw_client>(server.port()));
      peers.back()->open();
    }
    for (auto& p : peers) p->read_frame();
    for (std::size_t i = 0; i < peers.size(); i += 2) peers[i]->reset();
  }
  for (int i = 0; i < 5; ++i) witness.receive();
}

}  // namespace
}  // namespace ws_demo::testing
