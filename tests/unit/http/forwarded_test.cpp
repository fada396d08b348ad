#include "http/forwarded.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ws_demo {
namespace {

constexpr std::string_view x_for = "X-Forwarded-For";
constexpr std::string_view standard = "Forwarded";
constexpr const char* proxy_itself = "10.0.0.1";

using field_lines = std::vector<std::pair<std::string_view, std::string>>;

/// Whose request it is that comes from a proxy at 10.0.0.1. Those of 10.0.0.0/8 and fd00::/8 are
/// trusted.
std::string client_of(const field_lines& lines, const char* from = proxy_itself) {
  request_head head{boost::beast::http::verb::get, "/ws", 11};
  for (const auto& [name, value] : lines) head.insert({name.data(), name.size()}, value);
  return client_address(head, asio::ip::make_address(from),
                        network_list({"10.0.0.0/8", "fd00::/8"}))
      .to_string();
}
std::string client_of(std::string_view field, const std::string& value) {
  return client_of({{field, value}});
}

TEST(Forwarded, TheLastAddressThatIsNoTrustedProxyIsTheClients) {
  for (const auto& [chain, client] : {std::pair{"203.0.113.7", "203.0.113.7"},
                                      {"203.0.113.7:4711", "203.0.113.7"},
                                      {"2001:db8::1", "2001:db8::1"},
                                      {"[2001:db8::1]", "2001:db8::1"},
                                      {"[2001:db8::1]:4711", "2001:db8::1"},
                                      {"::ffff:203.0.113.7", "203.0.113.7"},
                                      {"203.0.113.7,10.0.0.2", "203.0.113.7"},
                                      {"203.0.113.7 ,\t10.0.0.2 , fd00::2", "203.0.113.7"},
                                      {"203.0.113.7, ::ffff:10.0.0.2", "203.0.113.7"},
                                      {"203.0.113.7, [fd00::2]:80, 10.0.0.2:80", "203.0.113.7"},
                                      {"10.0.0.3, 10.0.0.2", "10.0.0.3"},
                                      {"10.0.0.2", "10.0.0.2"}})
    EXPECT_EQ(client_of(x_for, chain), client) << chain;
}

TEST(Forwarded, WhatAClientPutsThereItselfIsNotLookedAt) {
  for (const char* forged :
       {"198.51.100.1", "10.0.0.9", "127.0.0.1", "10.0.0.9, 198.51.100.1", "unknown", "\"", ",,,",
        "for=198.51.100.1", "198.51.100.1, \"", "203.0.113.77, \\"}) {
    EXPECT_EQ(client_of(x_for, std::string(forged) + ", 203.0.113.7"), "203.0.113.7") << forged;
    EXPECT_EQ(client_of(x_for, std::string(forged) + ", 203.0.113.7, 10.0.0.2"), "203.0.113.7");
    EXPECT_EQ(client_of(standard, std::string(forged) + ", for=203.0.113.7"), "203.0.113.7");
    EXPECT_EQ(client_of({{x_for, forged}, {x_for, "203.0.113.7"}}), "203.0.113.7");
    EXPECT_EQ(client_of({{standard, forged}, {standard, "for=203.0.113.7"}}), "203.0.113.7");
  }
}

TEST(Forwarded, AProxyAtAUnixSocketIsTrustedWhereThatIsSaid) {
  request_head head{boost::beast::http::verb::get, "/ws", 11};
  head.insert("X-Forwarded-For", "198.51.100.1, 203.0.113.7");
  const asio::ip::address none;
  EXPECT_EQ(client_address(head, none, network_list({"unix:"})).to_string(), "203.0.113.7");
  EXPECT_EQ(client_address(head, none, network_list({"10.0.0.0/8"})), none);
}

/// It stands for those who have none, whom no limit counts.
TEST(Forwarded, NobodyHasTheUnspecifiedAddress) {
  const network_list trusted({"unix:", "10.0.0.0/8"});
  for (const char* text : {"0.0.0.0", "::", "::ffff:0.0.0.0", "[::ffff:0:0]:80", "0.0.0.0:80"}) {
    request_head head{boost::beast::http::verb::get, "/ws", 11};
    head.insert("X-Forwarded-For", std::string("198.51.100.1, ") + text + ", 10.0.0.2");
    for (const auto* from : {"10.0.0.1", "0.0.0.0"})
      EXPECT_EQ(client_address(head, asio::ip::make_address(from), trusted).to_string(), "10.0.0.2")
          << text;
  }
}

TEST(Forwarded, TheChainEndsAtWhatIsNoAddress) {
  for (const char* none :
       {"unknown", "_hidden", "", "proxy.example", "203.0.113.999", "203.0.113.7:x",
        "203.0.113.7:65536", "2001:db8::1:", "[203.0.113.7]", "[2001:db8::1", "2001:db8::1]",
        "fe80::1%1", "203.0.113", "0203.0.113.7", "3405803783", "203.0.113.7 203.0.113.8",
        "\"203.0.113.7\"", "for=203.0.113.7", "unix:"}) {
    const auto behind = std::string("198.51.100.1, ").append(none);
    EXPECT_EQ(client_of(x_for, behind), proxy_itself) << none;
    EXPECT_EQ(client_of(x_for, behind + ", 10.0.0.3, 10.0.0.2"), "10.0.0.3") << none;
  }
}

TEST(Forwarded, TheStandardFieldNamesTheClientInEachElement) {
  for (const auto& [chain, client] :
       {std::pair{"for=203.0.113.7", "203.0.113.7"},
        {"FOR=203.0.113.7", "203.0.113.7"},
        {"for=\"203.0.113.7:4711\"", "203.0.113.7"},
        {"for=\"[2001:db8::1]\"", "2001:db8::1"},
        {"for=\"[2001:DB8::1]:4711\"", "2001:db8::1"},
        {"for=203.0.113.7;proto=http;by=203.0.113.43", "203.0.113.7"},
        {"by=203.0.113.43;for=203.0.113.7;host=a", "203.0.113.7"},
        {"host=\"\";for=203.0.113.7", "203.0.113.7"},
        {" proto=http ; for=203.0.113.7 ;; ", "203.0.113.7"},
        {"for=203.0.113.7;host=\"a;for=198.51.100.1\"", "203.0.113.7"},
        {R"(for=203.0.113.7;host="a\";for=198.51.100.1")", "203.0.113.7"},
        {"for=198.51.100.1, for=203.0.113.7, for=\"[fd00::2]:80\";proto=https", "203.0.113.7"},
        {"for=10.0.0.3,for=10.0.0.2", "10.0.0.3"}})
    EXPECT_EQ(client_of(standard, chain), client) << chain;
}

TEST(Forwarded, AnElementThatIsMalformedOrNamesNoAddressEndsTheChain) {
  for (const char* none : {"for=unknown",
                           "for=_hidden",
                           "for=\"_hidden:80\"",
                           "",
                           ";",
                           "proto=http",
                           "for",
                           "for=",
                           "for=\"\"",
                           "for=203.0.113.7;for=203.0.113.7",
                           "for=203.0.113.7;For=198.51.100.2",
                           "for=\"203.0.113.7",
                           R"(for="203.0.113.7\")",
                           "for=203.0.113.7\"",
                           "for=203.0.113.7:80",
                           "for=[2001:db8::1]",
                           "for=203.0.113.7 proto=http",
                           "for =203.0.113.7",
                           "for= 203.0.113.7",
                           "for=203.0.113.7;=x",
                           "for=203.0.113.7;proto",
                           "203.0.113.7",
                           "for=\"203.0.113.7\"x",
                           "for=\"203.0.113.7, for=203.0.113.8\""}) {
    const auto behind = std::string("for=198.51.100.1, ").append(none);
    EXPECT_EQ(client_of(standard, behind), proxy_itself) << none;
    EXPECT_EQ(client_of(standard, behind + ", for=10.0.0.2"), "10.0.0.2") << none;
  }
}

/// A proxy that passes the client's Host on, in quotes.
TEST(Forwarded, AQuotedCommaCannotMakeAnElement) {
  for (const char* host :
       {"a, for=198.51.100.1", "a, for=198.51.100.1;b=", "a, for=198.51.100.1, b",
        R"(a\", for=198.51.100.1;b=\"c)", R"(a, for=198.51.100.1;b=\"c\")", "a, for=198.51.100.1;"})
    for (const char* rest : {"", ";proto=http", ";by=\"[fd00::2]\"", ";by=\"a;b=\""}) {
      const auto element = std::string("for=203.0.113.7;host=\"").append(host).append("\"");
      EXPECT_EQ(client_of(standard, element + rest), proxy_itself) << element << rest;
    }
}

TEST(Forwarded, AllLinesOfAFieldAreOneList) {
  EXPECT_EQ(client_of({{x_for, "198.51.100.1, 203.0.113.7"}, {x_for, "10.0.0.3, 10.0.0.2"}}),
            "203.0.113.7");
  EXPECT_EQ(client_of({{x_for, "203.0.113.7"}, {"Host", "a"}, {"x-forwarded-for", "10.0.0.2"}}),
            "203.0.113.7");
  EXPECT_EQ(client_of({{x_for, "203.0.113.7"}, {x_for, ""}, {x_for, "10.0.0.2"}}), "10.0.0.2");
  EXPECT_EQ(client_of({{x_for, "10.0.0.3"}, {x_for, "10.0.0.2"}}), "10.0.0.3");
}

/// A client can send the field that its proxy does not write.
TEST(Forwarded, TwoFieldsMustAgree) {
  EXPECT_EQ(client_of({{standard, "for=203.0.113.7"}, {x_for, "203.0.113.7"}}), "203.0.113.7");
  EXPECT_EQ(client_of({{standard, "for=198.51.100.1"}, {x_for, "203.0.113.7"}}), proxy_itself);
  EXPECT_EQ(client_of({{standard, "for=203.0.113.7"}, {x_for, "198.51.100.1"}}), proxy_itself);
  EXPECT_EQ(client_of({{standard, "x"}, {x_for, "203.0.113.7"}}), proxy_itself);
  EXPECT_EQ(client_of({{standard, "for=203.0.113.7"}, {x_for, ""}}), proxy_itself);
  EXPECT_EQ(client_of({{standard, "for=10.0.0.3"}, {x_for, "10.0.0.2"}}), proxy_itself);
}

TEST(Forwarded, FromAnyOtherAddressNothingIsBelieved) {
  const field_lines both{{standard, "for=203.0.113.7"}, {x_for, "203.0.113.7"}};
  for (const char* from :
       {"11.0.0.1", "127.0.0.1", "203.0.113.1", "2001:db8::1", "::ffff:11.0.0.1"})
    EXPECT_EQ(client_of(both, from), from);
  for (const char* from : {"10.255.255.255", "fd00::1", "::ffff:10.0.0.1"})
    EXPECT_EQ(client_of(both, from), "203.0.113.7");
}

TEST(Forwarded, AProxyThatNamesNobodyIsTheClient) {
  EXPECT_EQ(client_of({}), proxy_itself);
  EXPECT_EQ(client_of(x_for, ""), proxy_itself);
  EXPECT_EQ(client_of({{"X-Real-IP", "203.0.113.7"}, {"Forwarded-For", "203.0.113.7"}}),
            proxy_itself);
}

TEST(Forwarded, OfALongChainTheEndIsRead) {
  const auto client_behind = [](int proxies) {
    std::string chain = "203.0.113.7";
    std::string elements = "for=203.0.113.7";
    for (int i = 0; i < proxies; ++i) {
      chain += ",10.0.0.2";
      elements += ",for=10.0.0.2";
    }
    EXPECT_EQ(client_of(x_for, chain), client_of(standard, elements));
    return client_of(x_for, chain);
  };
  EXPECT_EQ(client_behind(31), "203.0.113.7");
  EXPECT_EQ(client_behind(32), "10.0.0.2");
  EXPECT_EQ(client_behind(5000), "10.0.0.2");
}

}  // namespace
}  // namespace ws_demo
