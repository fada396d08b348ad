#include "delivery/encoding_cache.hpp"

#include "common/memory_budget.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace ws_demo {
namespace {

using form = encoding_cache::form;
constexpr form as_stream{form::kind::event_stream};

class EncodingCacheTest : public ::testing::Test {
 protected:
  /// Whether it had to be made.
  bool is_made(const shared_event& e, form as = as_stream) {
    bool made = false;
    last = encodings.encode(*e, as, [&] {
      made = true;
      return std::make_shared<const std::string>(size, 'x');
    });
    return made;
  }

  static constexpr std::size_t size = 1000;
  asio::io_context io{1};
  memory_budget memory{std::size_t{1} << 30};
  encoding_cache encodings{io.get_executor(), memory, 4 * size};
  shared_text last;
};

TEST_F(EncodingCacheTest, EachIsMadeOnce) {
  const auto e = make_event("e");
  EXPECT_TRUE(is_made(e));
  const auto first = last;
  EXPECT_FALSE(is_made(e));
  EXPECT_EQ(first, last);
  EXPECT_TRUE(is_made(e, {form::kind::deflate, 9}));
  EXPECT_TRUE(is_made(e, {form::kind::deflate, 10}));
  EXPECT_FALSE(is_made(e, {form::kind::deflate, 9}));
}

TEST_F(EncodingCacheTest, GoesWithItsEvent) {
  auto e = make_event("e");
  EXPECT_TRUE(is_made(e));
  EXPECT_GT(encodings.bytes(), size);
  e.reset();
  EXPECT_EQ(encodings.bytes(), 0U);
}

TEST_F(EncodingCacheTest, OverTheLimitThoseAreGivenUpThatWereNotUsedForLongest) {
  const std::vector<shared_event> events{make_event("0"), make_event("1"), make_event("2")};
  for (const auto& e : events) EXPECT_TRUE(is_made(e));
  EXPECT_FALSE(is_made(events[0]));
  const auto one_more = make_event("3");
  EXPECT_TRUE(is_made(one_more));
  EXPECT_LE(encodings.bytes(), 4 * size);
  EXPECT_FALSE(is_made(events[0]));
  EXPECT_FALSE(is_made(one_more));
  EXPECT_TRUE(is_made(events[1]));
}

TEST_F(EncodingCacheTest, OneOverTheLimitIsStillGiven) {
  encoding_cache small(io.get_executor(), memory, 1);
  const auto made = small.encode(*make_event("e"), as_stream,
                                 [] { return std::make_shared<const std::string>("x"); });
  EXPECT_EQ(*made, "x");
}

TEST_F(EncodingCacheTest, SoMuchIsMadeInOneTurn) {
  const auto known = make_event("known");
  EXPECT_TRUE(is_made(known));
  const auto make = [&] { return is_made(make_event(std::string(1024, 'y'))); };
  int made = 0;
  while (made < 1000 && make()) ++made;
  EXPECT_NEAR(made, 64, 2);
  EXPECT_EQ(last, nullptr);
  EXPECT_FALSE(is_made(known));
  EXPECT_NE(last, nullptr) << "what is known costs nothing";
  io.poll();
  EXPECT_TRUE(make());
}

}  // namespace
}  // namespace ws_demo
