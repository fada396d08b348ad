// A stream that has lost its end.

#include "nats_server.hpp"
#include "nats_test.hpp"
#include "raw_client.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ws_demo::testing {
namespace {

/// A node that has read three events. Then the stream is as after a power cut: the same one,
/// without them, so that their numbers are given again.
class NatsPowerCut : public nats_test {
 protected:
  NatsPowerCut() {
    live.subscribe("/?topic=t");
    for (int i = 1; i <= 3; ++i) {
      epoch = id_in(one.publish("t", std::to_string(i))).substr(0, 8);
      live.read_frame();
    }
  }
  void cut_power() {
    const auto config = nats.ask("STREAM.INFO.ws_demo").at("config");
    nats.ask("STREAM.DELETE.ws_demo");
    nats.ask("STREAM.CREATE.ws_demo", config);
  }
  void expect_gap(const std::string& id) {
    const auto gap = live.read_frame();
    EXPECT_NE(gap.payload.find("$gap"), std::string::npos);
    EXPECT_EQ(gap.id(), id);
    EXPECT_NE(live.read_frame().payload.find("$recovered"), std::string::npos);
    wait_until_ready(one.port());
  }

  node one{*this};
  raw_client live{one.port()};
  std::string epoch;
};

TEST_F(NatsPowerCut, AStreamThatLosesItsEndIsAnotherEpoch) {
  cut_power();
  expect_gap(epoch + "x1:0");
  EXPECT_EQ(id_in(one.publish("t", "4")), epoch + "x1:1");
  EXPECT_EQ(live.read_frame().id(), epoch + "x1:1");
}

TEST_F(NatsPowerCut, AlsoWhereTheSameNumbersWereGivenToOtherEvents) {
  cut_power();
  for (int i = 1; i <= 5; ++i) nats.publish("ws_demo.t", std::to_string(i));
  expect_gap(epoch + "x1:5");
  EXPECT_EQ(id_in(one.publish("t", "6")), epoch + "x1:6");
  EXPECT_EQ(live.read_frame().id(), epoch + "x1:6");
}

}  // namespace
}  // namespace ws_demo::testing
