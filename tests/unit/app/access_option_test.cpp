#include "app/access_option.hpp"

#include "app/command_line.hpp"
#include "scratch_file.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

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

TEST(AccessOption, PublicTopicsAreAList) {
  options o;
  EXPECT_TRUE(set_public_topics(o, "news.*, weather,*"));
  EXPECT_EQ(o.public_topics, (std::vector<std::string>{"news.*", "weather", "*"}));
  EXPECT_TRUE(set_public_topics(o, ""));
  EXPECT_TRUE(o.public_topics.empty());
  for (const char* text : {",", "a,", "a,,b", "a b", "$a", "a.**"})
    EXPECT_FALSE(set_public_topics(o, text)) << text;
}

TEST(AccessOption, ACookieHasAName) {
  options o;
  EXPECT_TRUE(set_token_cookie(o, "__Host-session.id"));
  EXPECT_EQ(o.token_cookie, "__Host-session.id");
  for (const char* text : {"", "a=b", "a;b", "a b", "a,b", "\"a\"", "a\tb", "\xc3\xbc"})
    EXPECT_FALSE(set_token_cookie(o, text)) << text;
}

TEST(AccessOption, WhatIsNoNetworkOfProxiesIsRefusedWithWhatToWrite) {
  const std::string all =
      "all clients are in it, and each could choose an address; write that of the proxy";
  const std::string name = "names are not looked up; write its address";
  for (const auto& [text, advice] :
       {std::pair<std::string, std::string>{"10.1.2.3/8",
                                            "write 10.0.0.0/8, or 10.1.2.3 for that alone"},
        {"fd00::1/8", "write fd00::/8, or fd00::1 for that alone"},
        {"0.0.0.0/0", all},
        {"10.1.2.3/0", all},
        {"::/0", all},
        {"::ffff:0:0/96", all},
        {"::ffff:10.0.0.1", "write 10.0.0.1"},
        {"::ffff:10.0.0.0/104", "write 10.0.0.0/8"},
        {" 10.0.0.0/8", "write 10.0.0.0/8"},
        {"\"::1\"", "write ::1"},
        {"[::1]", "write ::1"},
        {"[::1]:9001", "write ::1"},
        {"127.0.0.1:9001", "write 127.0.0.1"},
        {"http://127.0.0.1:9001/", "write 127.0.0.1"},
        {"10.0.0.1,10.0.0.2", "repeat the option for each"},
        {"10.0.0.1 10.0.0.2", "repeat the option for each"},
        {"localhost", name},
        {"unix1.example.com", name},
        {"proxy.example:80", name},
        {"10.0.0.0/33", ""},
        {"fd00::/129", ""},
        {"10.0.0.0/", ""},
        {"10.0.0.0/-1", ""},
        {"10.0.0.0/8x", ""},
        {"10.0.0.0/264", ""},
        {"10.0.0.0/255.0.0.0", ""},
        {"10.0.0/8", ""},
        {"10.*", ""},
        {"fe80::1%eth0", ""},
        {"", ""}}) {
    options o;
    EXPECT_FALSE(add_trusted_proxy(o, text)) << text;
    EXPECT_EQ(trusted_proxy_advice(text), advice) << text;
  }
  for (const char* text : {"127.0.0.1", "::1", "10.0.0.0/8", "fd00::/8", "FD00:0::/8",
                           "10.1.2.3/32", "128.0.0.0/1", "0.0.0.0"}) {
    options o;
    EXPECT_TRUE(add_trusted_proxy(o, text)) << text;
  }
}

/// Whoever sets them believes that tokens are needed.
TEST(AccessOption, WhatIsAboutTokensNeedsKeys) {
  for (const char* text : {"--public-topics=t", "--token-audience=a", "--token-issuer=i",
                           "--token-clock-skew=1s", "--token-cookie=c", "--token-in-query"}) {
    const std::array<const char*, 3> arguments{"ws-demo", text, "--token-keys=keys"};
    EXPECT_THROW(parse_command_line(2, arguments.data()), usage_error) << text;
    EXPECT_NO_THROW(parse_command_line(3, arguments.data())) << text;
  }
}

TEST(AccessOption, PublicTopicsAreAListInAFileToo) {
  const testing::scratch_file file("public_topics");
  std::ofstream(file.path()) << "token-keys=keys\npublic-topics=news.*,weather\n";
  const auto path = file.path();
  const std::array<const char*, 3> arguments{"ws-demo", "--config", path.c_str()};
  const auto parsed = parse_command_line(static_cast<int>(arguments.size()), arguments.data());
  EXPECT_EQ(std::get<options>(parsed).public_topics,
            (std::vector<std::string>{"news.*", "weather"}));
}

TEST(AccessOption, AnEmptyVariableForKeysIsAnError) {
  ::setenv("WS_DEMO_TOKEN_KEYS", "", 1);
  const std::array<const char*, 3> arguments{"ws-demo", "--token-keys", "keys"};
  EXPECT_THROW(parse_command_line(1, arguments.data()), usage_error);
  EXPECT_NO_THROW(parse_command_line(3, arguments.data()));
  ::unsetenv("WS_DEMO_TOKEN_KEYS");
}

TEST(AccessOption, NothingMayBePublic) {
  const std::array<const char*, 5> arguments{"ws-demo", "--token-keys", "keys", "--public-topics",
                                             ""};
  const auto parsed = parse_command_line(static_cast<int>(arguments.size()), arguments.data());
  EXPECT_TRUE(std::get<options>(parsed).public_topics.empty());
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
