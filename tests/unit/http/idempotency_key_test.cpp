#include "http/idempotency_key.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace ws_demo {
namespace {

std::optional<std::string> key_of(const std::string& value) {
  request_head request;
  request.set("Idempotency-Key", value);
  return idempotency_key(request);
}

TEST(IdempotencyKey, WithOrWithoutQuotes) {
  EXPECT_EQ(idempotency_key({}), "");
  EXPECT_EQ(key_of("\"8e03978e-40d5\""), "8e03978e-40d5");
  EXPECT_EQ(key_of("order:7/a"), "order:7/a");
  EXPECT_EQ(key_of(std::string(100, 'x')), std::string(100, 'x'));
}

TEST(IdempotencyKey, IsOneWord) {
  for (const char* wrong : {"", "\"\"", "a b", "\"a", "a\"b\"", "a\\b", "\xc3\xa9", "a\tb"})
    EXPECT_FALSE(key_of(wrong)) << wrong;
  EXPECT_FALSE(key_of(std::string(101, 'x')));
  request_head twice;
  twice.insert("Idempotency-Key", "a");
  twice.insert("Idempotency-Key", "a");
  EXPECT_FALSE(idempotency_key(twice));
}

}  // namespace
}  // namespace ws_demo
