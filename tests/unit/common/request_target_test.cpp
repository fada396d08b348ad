#include "common/request_target.hpp"

#include <gtest/gtest.h>

namespace ws_demo {
namespace {

TEST(RequestTarget, APathIsWithoutItsQuery) {
  for (const char* target : {"/ws", "/ws?", "/ws?topic=http://a/b"}) {
    EXPECT_EQ(split_target(target).path, "/ws") << target;
    EXPECT_FALSE(split_target(target).authority) << target;
  }
  for (const char* target : {"", "*", "//a/b", "ftp://a/b", "http:/a", "a:443"}) {
    EXPECT_EQ(split_target(target).path, target);
    EXPECT_FALSE(split_target(target).authority) << target;
  }
}

TEST(RequestTarget, TheAbsoluteFormHasAnAuthority) {
  for (const char* target : {"http://a:1/ws", "HTTP://a:1/ws", "https://a:1/ws?/x"}) {
    EXPECT_EQ(split_target(target).authority, "a:1") << target;
    EXPECT_EQ(split_target(target).path, "/ws") << target;
  }
  for (const char* target : {"http://a:1", "http://a:1?/x", "http://a:1/?x"}) {
    EXPECT_EQ(split_target(target).authority, "a:1") << target;
    EXPECT_EQ(split_target(target).path, "/") << target;
  }
  EXPECT_EQ(split_target("HTTP://user:secret@host:80/ws?x").path, "/ws");
  EXPECT_EQ(split_target("http:///ws").authority, "");
  EXPECT_EQ(split_target("http://b@a#c/ws").authority, "b@a#c");
}

}  // namespace
}  // namespace ws_demo
