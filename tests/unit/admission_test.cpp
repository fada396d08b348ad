#include "ws_demo/admission.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace ws_demo {
namespace {

using boost::asio::ip::make_address;

TEST(Admission, IsFullAtItsLimitAndNotOnceAPlaceIsGivenBack) {
  options o;
  o.max_peers = 2;
  admission door(o);
  std::vector<admission::ticket> places;
  places.push_back(door.admit(make_address("127.0.0.1")));
  EXPECT_FALSE(door.is_full());
  places.push_back(door.admit(make_address("127.0.0.2")));
  EXPECT_TRUE(door.is_full());
  EXPECT_EQ(door.peers(), 2U);
  places.pop_back();
  EXPECT_FALSE(door.is_full());
  EXPECT_EQ(door.peers(), 1U);
}

TEST(Admission, CountsEachAddressByItself) {
  options o;
  o.max_peers_per_address = 2;
  admission door(o);
  const auto one = make_address("192.0.2.1");
  const auto other = make_address("2001:db8::1");
  std::vector<admission::ticket> places;
  places.push_back(door.admit(one));
  places.push_back(door.admit(one));
  EXPECT_TRUE(door.is_full_for(one));
  EXPECT_FALSE(door.is_full_for(other));
  places.clear();
  EXPECT_FALSE(door.is_full_for(one));
}

TEST(Admission, UnlessLimitedAnAddressMayHaveAny) {
  const options o;
  admission door(o);
  const auto one = make_address("192.0.2.1");
  const auto first = door.admit(one);
  const auto second = door.admit(one);
  EXPECT_FALSE(door.is_full_for(one));
}

TEST(Admission, TheDefaultIsWhatDescriptorsAllow) {
  const options o;
  const admission door(o);
  EXPECT_GT(door.max_peers(), 0U);
}

}  // namespace
}  // namespace ws_demo
