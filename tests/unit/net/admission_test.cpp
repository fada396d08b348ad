#include "net/admission.hpp"

#include "connected.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <list>
#include <memory>
#include <optional>
#include <string>

namespace ws_demo {
namespace {

using asio::ip::make_address;

/// A connection that has a place, and whether it is idle.
struct client {
  client(asio::io_context& io, admission::place at) : ends(io), place(std::move(at)) {}
  client& be_idle() {
    idle.reset();  // it goes to the end
    idle.emplace(place, *ends.link);
    return *this;
  }
  bool is_open() const { return ends.link->is_open(); }

  testing::connected ends;
  admission::place place;
  std::optional<admission::idle_place> idle;
};

class AdmissionTest : public ::testing::Test {
 protected:
  /// Null where it is refused.
  std::unique_ptr<client> connect(const std::string& address = "127.0.0.1",
                                  bool for_operators = false) {
    if (!places) places.emplace(limits, counts, log);
    auto place = places->take_place({make_address(address), 4711}, for_operators);
    return place ? std::make_unique<client>(io, *std::move(place)) : nullptr;
  }

  asio::io_context io{1};
  options limits;
  metrics counts;
  limited_log log{counts};
  std::optional<admission> places;
};

// NOLINTBEGIN(bugprone-unchecked-optional-access): the fixture has made it

TEST_F(AdmissionTest, IsFullOfPeersAtItsLimitAndNotOnceAPlaceIsGivenBack) {
  limits.max_peers = 2;
  const auto one = connect();
  const auto other = connect();
  const admission::peer_place first(one->place, make_address("127.0.0.1"));
  EXPECT_FALSE(places->is_full());
  {
    const admission::peer_place second(other->place, make_address("127.0.0.1"));
    EXPECT_TRUE(places->is_full());
    EXPECT_EQ(places->peers(), 2U);
  }
  EXPECT_FALSE(places->is_full());
  EXPECT_EQ(places->peers(), 1U);
}

TEST_F(AdmissionTest, CountsThePeersOfEachAddressByThemselves) {
  limits.max_peers_per_address = 2;
  const auto one = make_address("192.0.2.1");
  {
    const auto first = connect("192.0.2.1");
    const auto second = connect("192.0.2.1");
    const auto third = connect("192.0.2.1");
    ASSERT_TRUE(third) << "peers are limited, and not connections";
    const admission::peer_place peer(first->place, one);
    EXPECT_FALSE(places->is_full_for(one));
    const admission::peer_place another(second->place, one);
    EXPECT_TRUE(places->is_full_for(one));
    EXPECT_FALSE(places->is_full_for(make_address("2001:db8::1")));
  }
  EXPECT_FALSE(places->is_full_for(one));
}

TEST_F(AdmissionTest, AnIpv6NetworkOf64BitsCountsAsOneAddress) {
  limits.max_peers_per_address = 1;
  const auto client = connect("2001:db8:0:1::1");
  const admission::peer_place peer(client->place, make_address("2001:db8:0:1::1"));
  for (const char* same : {"2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:1:ffff::1%1"})
    EXPECT_TRUE(places->is_full_for(make_address(same))) << same;
  for (const char* other : {"2001:db8:0:2::1", "2001:db8:1:1::1", "::1", "192.0.2.1"})
    EXPECT_FALSE(places->is_full_for(make_address(other))) << other;
}

TEST_F(AdmissionTest, APeerThroughAProxyCountsForItsOwnAddress) {
  limits.max_peers_per_address = 1;
  limits.max_connections_per_address = 1;
  limits.trusted_proxies = {"192.0.2.0/24"};
  const auto client = make_address("203.0.113.7");
  const auto proxy = make_address("192.0.2.1");
  const auto proxied = connect("192.0.2.1");
  {
    auto direct = connect("203.0.113.7");
    const admission::peer_place peer(proxied->place, client);
    EXPECT_TRUE(places->is_full_for(client));
    EXPECT_FALSE(places->is_full_for(proxy));
    direct.reset();
    EXPECT_TRUE(places->is_full_for(client)) << "when its own connections have gone, too";
  }
  EXPECT_FALSE(places->is_full_for(client));
}

TEST_F(AdmissionTest, TheConnectionsOfTrustedProxiesAreNotLimited) {
  limits.max_connections_per_address = 1;
  limits.trusted_proxies = {"192.0.2.1"};
  const auto first = connect("192.0.2.1");
  EXPECT_TRUE(connect("192.0.2.1"));
  EXPECT_TRUE(connect("::ffff:192.0.2.1"));
  const auto other = connect("192.0.2.2");
  EXPECT_FALSE(connect("192.0.2.2"));
  EXPECT_TRUE(first->is_open());
}

TEST_F(AdmissionTest, WhatComesOverAUnixSocketCountsForNoAddress) {
  limits.max_connections_per_address = 1;
  limits.max_peers_per_address = 1;
  const auto first = connect("0.0.0.0");
  const auto second = connect("0.0.0.0");
  ASSERT_TRUE(second);
  const admission::peer_place one(first->place, make_address("0.0.0.0"));
  EXPECT_FALSE(places->is_full_for(make_address("0.0.0.0")));
  const admission::peer_place other(second->place, make_address("203.0.113.7"));
  EXPECT_TRUE(places->is_full_for(make_address("203.0.113.7"))) << "that a proxy has named";
}

TEST_F(AdmissionTest, AMappedAddressIsThatOfIpv4) {
  limits.max_connections_per_address = 1;
  const auto first = connect("::ffff:192.0.2.1");
  EXPECT_TRUE(connect("::ffff:192.0.2.2"));
  EXPECT_FALSE(connect("192.0.2.1"));
}

TEST_F(AdmissionTest, UnlessLimitedAnAddressMayHaveAny) {
  const auto first = connect();
  const auto second = connect();
  const admission::peer_place one(first->place, make_address("127.0.0.1"));
  const admission::peer_place other(second->place, make_address("127.0.0.1"));
  EXPECT_FALSE(places->is_full_for(make_address("127.0.0.1")));
}

TEST_F(AdmissionTest, OverTheLimitTheOneThatIsIdleTheLongestIsClosed) {
  limits.max_connections = 3;
  const auto first = connect();
  const auto second = connect();
  const auto third = connect();
  second->be_idle();
  first->be_idle();
  third->be_idle();
  second->be_idle();  // after another request
  const auto fourth = connect();
  ASSERT_TRUE(fourth);
  EXPECT_FALSE(first->is_open());
  const auto fifth = connect();
  ASSERT_TRUE(fifth);
  EXPECT_FALSE(third->is_open());
  EXPECT_TRUE(second->is_open());
  EXPECT_EQ(counts.idle_closed, 2U);
  EXPECT_EQ(counts.refused.at("connections"), 0U);
}

TEST_F(AdmissionTest, WhereNoneIsIdleTheNewOneIsRefused) {
  limits.max_connections = 2;
  const auto first = connect();
  auto second = connect();
  first->be_idle();
  first->idle.reset();  // it asks for something
  EXPECT_FALSE(connect());
  EXPECT_FALSE(connect());
  EXPECT_TRUE(first->is_open() && second->is_open());
  EXPECT_EQ(counts.refused.at("connections"), 2U);
  EXPECT_EQ(counts.idle_closed, 0U);
  second.reset();
  EXPECT_TRUE(connect());
}

TEST_F(AdmissionTest, AnAddressMakesRoomForItselfAndNoOther) {
  limits.max_connections_per_address = 2;
  const auto other = connect("192.0.2.2");
  other->be_idle();
  const auto first = connect("192.0.2.1");
  const auto second = connect("192.0.2.1");
  EXPECT_FALSE(connect("192.0.2.1"));
  EXPECT_EQ(counts.refused.at("address_connections"), 1U);
  second->be_idle();
  first->be_idle();
  EXPECT_TRUE(connect("192.0.2.1"));
  EXPECT_FALSE(second->is_open());
  EXPECT_TRUE(first->is_open());
  EXPECT_TRUE(other->is_open());
  EXPECT_TRUE(connect("192.0.2.2"));
}

TEST_F(AdmissionTest, OneThatWasRefusedLeavesNothingBehind) {
  limits.max_connections = 1;
  limits.max_connections_per_address = 1;
  auto only = connect("192.0.2.1");
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(connect("192.0.2.2"));
  only.reset();
  only = connect("192.0.2.2");
  EXPECT_TRUE(only);
}

TEST_F(AdmissionTest, APlaceIsTakenAwayOnce) {
  limits.max_connections = 2;
  const auto peer = connect();
  auto idle = connect();
  idle->be_idle();
  auto next = connect();
  ASSERT_TRUE(next);
  idle->be_idle();  // it has been closed, and does not know yet
  EXPECT_FALSE(connect()) << "there is nobody whose place could be taken";
  idle.reset();
  EXPECT_FALSE(connect()) << "it had no place to give back";
  next.reset();
  EXPECT_TRUE(connect());
}

TEST_F(AdmissionTest, OperatorsHavePlacesThatOthersCannotTake) {
  limits.max_connections = 1;
  limits.max_connections_per_address = 1;
  const auto peer = connect();
  std::list<std::unique_ptr<client>> operators;
  for (int i = 0; i < 16; ++i) {
    operators.push_back(connect("127.0.0.1", true));
    ASSERT_TRUE(operators.back());
  }
  EXPECT_FALSE(connect("127.0.0.1", true));
  operators.back()->be_idle();
  EXPECT_FALSE(connect()) << "no place of theirs is taken away for anybody else";
  EXPECT_TRUE(connect("127.0.0.1", true));
  EXPECT_FALSE(operators.back()->is_open());
}

TEST_F(AdmissionTest, TheDefaultIsWhatDescriptorsAllow) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const auto with_descriptors = [&](rlim_t count) {
    const rlimit few{count, before.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    return admission(limits, counts, log);
  };
  {
    const auto some = with_descriptors(512);
    EXPECT_EQ(some.max_connections(), 448U);
    EXPECT_EQ(some.max_peers(), 384U);
    const auto few = with_descriptors(64);
    EXPECT_EQ(few.max_connections(), 32U);
    EXPECT_EQ(few.max_peers(), 24U);
  }
  limits.max_connections = limits.max_peers = 1000;
  const auto too_many = with_descriptors(512);
  EXPECT_EQ(too_many.max_connections(), 448U);
  EXPECT_EQ(too_many.max_peers(), 384U);
  limits.max_connections = 100;
  limits.max_peers = 10;
  const auto chosen = with_descriptors(512);
  EXPECT_EQ(chosen.max_connections(), 100U);
  EXPECT_EQ(chosen.max_peers(), 10U);
  ::setrlimit(RLIMIT_NOFILE, &before);
}
// NOLINTEND(bugprone-unchecked-optional-access)

}  // namespace
}  // namespace ws_demo
