#include "net/admission.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace ws_demo {
namespace {

using boost::asio::ip::make_address;

TEST(Admission, IsFullAtItsLimitAndNotOnceAPlaceIsGivenBack) {
  options o;
  o.max_peers = 2;
  admission places_left(o);
  std::vector<admission::ticket> places;
  places.push_back(places_left.admit(make_address("127.0.0.1")));
  EXPECT_FALSE(places_left.is_full());
  places.push_back(places_left.admit(make_address("127.0.0.2")));
  EXPECT_TRUE(places_left.is_full());
  EXPECT_EQ(places_left.peers(), 2U);
  places.pop_back();
  EXPECT_FALSE(places_left.is_full());
  EXPECT_EQ(places_left.peers(), 1U);
}

TEST(Admission, CountsEachAddressByItself) {
  options o;
  o.max_peers_per_address = 2;
  admission places_left(o);
  const auto one = make_address("192.0.2.1");
  const auto other = make_address("2001:db8::1");
  std::vector<admission::ticket> places;
  places.push_back(places_left.admit(one));
  places.push_back(places_left.admit(one));
  EXPECT_TRUE(places_left.is_full_for(one));
  EXPECT_FALSE(places_left.is_full_for(other));
  places.clear();
  EXPECT_FALSE(places_left.is_full_for(one));
}

TEST(Admission, UnlessLimitedAnAddressMayHaveAny) {
  const options o;
  admission places_left(o);
  const auto one = make_address("192.0.2.1");
  const auto first = places_left.admit(one);
  const auto second = places_left.admit(one);
  EXPECT_FALSE(places_left.is_full_for(one));
}

TEST(Admission, TheDefaultIsWhatDescriptorsAllow) {
  const options o;
  const admission places_left(o);
  EXPECT_GT(places_left.max_peers(), 0U);
}

}  // namespace
}  // namespace ws_demo
