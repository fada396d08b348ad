#include "app/access_option.hpp"

#include "app/command_line.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

namespace ws_demo {
namespace {

constexpr const char* in_ascii =
    "write a name as browsers send it, in ASCII: xn--bcher-kva.example";
constexpr const char* bucher =
    "b\xc3\xbc"
    "cher.example";

TEST(AccessOption, OriginsThatNoPageCanHaveAreRefusedWithWhatToWrite) {
  const std::string idn = std::string("https://") + bucher;
  for (const auto& [text, advice] :
       {std::pair<std::string, std::string>{" https://b.example", "write https://b.example"},
        {"\"https://a.example\"", "write https://a.example"},
        {"'https://a.example", "write https://a.example"},
        {"https://a.example'", "write https://a.example"},
        {"https://a.example/", "write https://a.example"},
        {"https://a.example:8443/app?x#y", "write https://a.example:8443"},
        {"https://user@a.example", "write https://a.example"},
        {"wss://a.example", "write https://a.example"},
        {"WSS://a.example", "write https://a.example"},
        {"ws://a.example:9001", "write http://a.example:9001"},
        {"a.example", "write https://a.example or http://a.example"},
        {"*.example.com", "write https://*.example.com or http://*.example.com"},
        {"https://.example.com", "write https://*.example.com"},
        {"https://a.example https://b.example", "repeat the option for each"},
        {"https://a.example;https://b.example", "repeat the option for each"},
        {"https://a.example\nhttps://b.example", "repeat the option for each"},
        {"https://*", "write * for any"},
        {idn, in_ascii},
        {"", ""},
        {"null", ""},
        {"https://", ""},
        {"https:/a.example", ""},
        {"https//a.example", ""},
        {"https://*.com", ""},
        {"https://*.10.0.0.1", ""},
        {"https://a*.example", ""},
        {"https://a.*.example", ""},
        {"https://a..example", ""},
        {"https://$DOMAIN", ""},
        {"https://a.example:port", ""},
        {"http://127.1", ""},
        {"http://0x7f000001", ""},
        {"http://127.0.0.1.", ""},
        {"http://2130706433", ""}}) {
    options o;
    EXPECT_FALSE(add_origin(o, text)) << text;
    EXPECT_EQ(origin_advice(text), advice) << text;
  }
  for (const char* text : {"*", "https://a.example", "https://*.example.com", "http://a_b:8080",
                           "https://a.example:443", "https://a.example.", "http://*.localhost:5173",
                           "http://10.0.0.1", "http://[::1]:80", "chrome-extension://abcdef"}) {
    options o;
    EXPECT_TRUE(add_origin(o, text)) << text;
  }
}

TEST(AccessOption, HostsThatNoRequestCanHaveAreRefusedWithWhatToWrite) {
  for (const auto& [text, advice] :
       {std::pair{"https://app.example.com", "write app.example.com"},
        {"app.example.com:443", "write app.example.com"},
        {" app.example.com", "write app.example.com"},
        {"'app.example.com'", "write app.example.com"},
        {"\"app.example.com\"", "write app.example.com"},
        {"app.example.com/", "write app.example.com"},
        {"[::1]:80", "write [::1]"},
        {"2001:db8::1", "write [2001:db8::1]"},
        {"a.example,b.example", "repeat the option for each"},
        {"a b", "repeat the option for each"},
        {bucher, in_ascii},
        {"*", "it is a whole name; repeat the option for each"},
        {"*.example.com", "it is a whole name; repeat the option for each"},
        {".example.com", "it is a whole name; repeat the option for each"},
        {"http:/a.example", ""},
        {"$HOST", ""},
        {"", ""},
        {"127.1", ""}}) {
    options o;
    EXPECT_FALSE(add_host(o, text)) << text;
    EXPECT_EQ(host_advice(text), advice) << text;
  }
  for (const char* text : {"app.example.com", "APP", "10.0.0.1", "[2001:db8::1]", "a_b", "a.b."}) {
    options o;
    EXPECT_TRUE(add_host(o, text)) << text;
  }
}

TEST(AccessOption, TheAdviceIsPartOfTheError) {
  const std::array<const char*, 3> arguments{"ws-demo", "--allow-origin", "https://a.example/"};
  try {
    parse_command_line(static_cast<int>(arguments.size()), arguments.data());
    ADD_FAILURE();
  } catch (const usage_error& error) {
    EXPECT_STREQ(error.what(),
                 "--allow-origin takes an origin such as https://app.example.com or "
                 "https://*.example.com, or * for any, not 'https://a.example/': write "
                 "https://a.example");
  }
}

}  // namespace
}  // namespace ws_demo
