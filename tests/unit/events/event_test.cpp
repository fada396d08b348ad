#include "events/event.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace ws_demo {
namespace {

TEST(Event, IsTheDocumentedText) {
  EXPECT_EQ(random_event_text(1234567890),
            R"({"topic":"random","payload":{"num":1234567890,"message":"Hello, world!"}})");
}

TEST(Event, NumbersCoverThirtyTwoBits) {
  EXPECT_NE(random_event_text(0).find(R"("num":0,)"), std::string::npos);
  EXPECT_NE(random_event_text(4294967295).find(R"("num":4294967295,)"), std::string::npos);
}

TEST(Event, KeysKeepTheirOrder) {
  EXPECT_EQ(event_text("t", {{"z", 1}, {"a", 2}}), R"({"topic":"t","payload":{"z":1,"a":2}})");
}

TEST(Event, TopicsAreEscaped) {
  EXPECT_EQ(event_text("a\"b\n", nullptr), R"({"topic":"a\"b\n","payload":null})");
}

}  // namespace
}  // namespace ws_demo
